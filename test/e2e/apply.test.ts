import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'

function repositoryIn(project: Project, folder: string): (...args: readonly string[]) => string {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', project.path(folder), '-c', 'user.name=Ada', '-c', 'user.email=a@b.c', ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
    })
  project.write(`${folder}/a.txt`, 'a\n')
  git('init', '--quiet', '--initial-branch=main')
  git('add', '.')
  git('commit', '--quiet', '--message=first')
  return git
}

const plan = (repository: string): string =>
  `name: shop\ncontext: { repository: ${repository} }\nsteps:\n  - { id: a, run: "echo b >> a.txt; echo new > new.txt" }\n`

test('a result is applied where the plan says that the work is, and a second time it is there already', async () => {
  await using project = new Project()
  repositoryIn(project, 'shop')
  project.write('plan.yaml', plan('shop'))
  const { run_id: run, work_tree: tree } = await project.json('run', 'plan.yaml')
  expect(tree).toBe(project.path('shop'))
  const applied = await project.orchd('apply', String(run))
  expect(applied).toMatchObject({
    code: 0,
    stdout: `2 files of run ${String(run)} changed in ${project.path('shop')}\n`,
  })
  expect([project.read('shop/a.txt'), project.read('shop/new.txt')]).toEqual(['a\nb\n', 'new\n'])
  expect(await project.orchd('apply', String(run))).toMatchObject({
    code: 0,
    stdout: `the result of run ${String(run)} is in ${project.path('shop')} already: nothing was changed\n`,
  })
})

test('a result is applied to the work tree of the current folder before any other of its repository', async () => {
  await using project = new Project()
  const git = repositoryIn(project, 'shop')
  git('worktree', 'add', '--quiet', '--detach', '../other')
  project.write('plan.yaml', plan('shop'))
  const { run_id: run } = await project.json('run', 'plan.yaml')
  const state = ['--state', project.path('.orchd')]
  expect(await project.start(['apply', String(run), ...state], {}, 'other').ended).toMatchObject({ code: 0 })
  expect([project.read('shop/a.txt'), project.read('other/a.txt')]).toEqual(['a\n', 'a\nb\n'])
})
