import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'

test('where the work of a plan cannot begin is told at its place in the plan, also by a daemon', async () => {
  await using project = new Project({ GITHUB_TOKEN: '' })
  project.write('a.txt', 'a\n')
  for (const args of [
    ['init', '--quiet', '--initial-branch=main'],
    ['add', 'a.txt'],
    ['commit', '--quiet', '--message=first'],
    ['remote', 'add', 'origin', 'https://github.com/acme/shop.git'],
  ])
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], { cwd: project.folder })
  const plan = (context: string, constraints: string): string =>
    project.write(
      'plan.yaml',
      `name: p\ncontext: ${context}\nconstraints: ${constraints}\nsteps: [{ id: a, run: "true" }]\n`,
    )
  plan('{ branch: b, base: mian }', '{}')
  const { code, stderr } = await project.orchd('run', 'plan.yaml')
  expect(code).toBe(2)
  expect(stderr).toContain('plan.yaml:2:29  CONTEXT_UNUSABLE  the repository "." has no commit "mian"\n')
  expect(stderr).toContain('help: check "base"; `git branch -a` lists the branches')
  expect(stderr).toContain('"plan.yaml" was not run')
  await project.daemon()
  plan('{ branch: b }', '{ max_parallel: 2, require_pr: true }')
  const answer = await project.json('run', 'plan.yaml')
  expect(answer).toMatchObject({
    type: 'error',
    code: 'CONTEXT_UNUSABLE',
    message: 'require_pr: GITHUB_TOKEN is not set',
    diagnostics: [{ file: 'plan.yaml', line: 3, column: 45 }],
  })
  plan('{ repository: "file:///nowhere/a.git" }', '{}')
  expect((await project.orchd('run', 'plan.yaml')).stderr).toContain('plan.yaml:2:24  CONTEXT_UNUSABLE')
  const task = { description: 'Fix it' }
  project.write('request.json', JSON.stringify({ task, context: { repository: 'file:///nowhere/a.git' } }))
  const request = await project.orchd('request', 'request.json', '--simulate=agents')
  expect(request).toMatchObject({ code: 2, stderr: expect.stringContaining('request.json:1:58  CONTEXT_UNUSABLE') })
})
