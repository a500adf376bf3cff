import { existsSync, statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'

const hello = 'name: hello\nsteps:\n  - { id: a, run: "true" }\n'

/** A result of validation without the names of files. */
const places = (text: string): unknown =>
  JSON.parse(text, (key, value: unknown) => (key === 'file' ? undefined : value))

test('nobody but the owner can read what a holder keeps, whatever the umask', async () => {
  await using project = new Project()
  project.write('plan.yaml', hello)
  const daemon = await project.daemon()
  await project.orchd('run', 'plan.yaml')
  const files = ['orchd.db', 'orchd.db-wal', 'orchd.sock', 'daemon.json']
  const modes = files.map((name) => (statSync(project.path('.orchd', name)).mode & 0o777).toString(8))
  expect(modes).toEqual(['600', '600', '600', '600'])
  daemon.child.kill('SIGTERM')
  await daemon.ended
})

test('a daemon that has ended is no longer named in daemon.json', async () => {
  await using project = new Project()
  const daemon = await project.daemon()
  daemon.child.kill('SIGTERM')
  expect((await daemon.ended).code).toBe(0)
  expect(existsSync(project.path('.orchd/daemon.json'))).toBe(false)
})

test('a rejection has the shape of validate --json, and no file name forges a line of the log', async () => {
  await using project = new Project()
  const daemon = await project.daemon()
  const name = 'bad\naccepted other.yaml'
  project.write(`inbox/${name}`, hello.replace('"true"', '[]'))
  await until('it is rejected', () => existsSync(project.path(`inbox/rejected/${name}`)))
  const { stdout } = await project.orchd('validate', `inbox/rejected/${name}`, '--json')
  expect(places(project.read(`inbox/rejected/${name}.error.json`))).toEqual(places(stdout))
  daemon.child.kill('SIGTERM')
  const { stderr } = await daemon.ended
  expect(stderr.split('\n').filter((line) => line.startsWith('accepted'))).toEqual([])
  expect(stderr).toContain('rejected bad')
})

test('a daemon in the background is called so, and whoever follows its run takes its place when it is gone', async () => {
  await using project = new Project()
  project.write('plan.yaml', 'name: held\nsteps:\n  - { id: a, run: "until test -e go; do sleep 0.05; done" }\n')
  const { run_id: run } = await project.json('run', 'plan.yaml', '--detach')
  const { stdout: report } = await project.orchd('doctor')
  expect(report).toContain('a daemon in the background that ends when idle')
  const [, pid] = /ends when idle \(pid (\d+)/.exec(report) ?? []
  const follower = project.start(['retry', String(run), '--from', 'a', '--json'])
  await new Promise((resolve) => follower.child.stdout?.once('data', resolve))
  process.kill(Number(pid), 'SIGKILL')
  project.write('go', '')
  const { code, stdout } = await follower.ended
  expect(code).toBe(0)
  expect(stdout).toContain('"status":"completed"')
})
