import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'

test('a daemon that stops waits for its own work no longer than drain_timeout, and the next one does it', async () => {
  await using project = new Project()
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
      cwd: project.folder,
      encoding: 'utf8',
    })
  git('init', '--quiet', '--initial-branch=main')
  project.write('.gitignore', '.orchd/\nbin/\n*.yaml\nslow\ninbox/\n')
  git('add', '.')
  git('commit', '--quiet', '-m', 'first')
  project.write('orchestrator_config.yaml', 'drain_timeout: 1s\n')
  project.write(
    'plan.yaml',
    'name: p\ncontext: { branch: result }\nsteps:\n  - { id: work, run: "echo hello > hello.txt" }\n',
  )
  // A git that is stuck as long as there is a file, when the change of the step is to be kept.
  const [slow, found] = [project.write('slow', ''), execFileSync('which', ['git'], { encoding: 'utf8' }).trim()]
  const stuck = `case "$*" in *add*--all*) while [ -f '${slow}' ]; do echo $$ > '${slow}'; sleep 0.1; done;; esac`
  chmodSync(project.write('bin/git', `#!/bin/sh\n${stuck}\nexec ${found} "$@"\n`), 0o755)
  const slowly = { PATH: `${join(project.folder, 'bin')}:${process.env['PATH']}` }

  const daemon = await project.daemon(slowly)
  const { run_id: run } = await project.json('run', 'plan.yaml', '--detach')
  await until('the change is being kept', () => project.read('slow') !== '')
  const from = performance.now()
  daemon.child.kill('SIGTERM')
  const { code, stderr } = await daemon.ended
  expect([code, stderr]).toEqual([0, expect.stringContaining('its own work was not done after 1.0s')])
  expect(performance.now() - from).toBeGreaterThan(900)

  rmSync(slow)
  await project.daemon()
  await until('the run is over', async () => (await project.json('status', String(run)))['status'] === 'completed')
  expect(git('show', 'result:hello.txt')).toBe('hello\n')
})
