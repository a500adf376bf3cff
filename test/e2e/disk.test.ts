import { expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'

const more = '1000000000' // megabytes: more than any disk has free

test('below the low mark nothing new is started, and the run waits', async () => {
  await using project = new Project()
  project.write('orchestrator_config.yaml', `disk: { low_mb: ${more}, critical_mb: 0 }\n`)
  project.write('plan.yaml', 'name: p\nsteps:\n  - { id: a, run: echo ran > ran.txt }\n')
  const daemon = await project.daemon()
  const { run_id: id } = await project.json('run', 'plan.yaml', '--detach')
  const run = await project.json('status', String(id))
  expect(run).toMatchObject({ status: 'queued', steps: [{ id: 'a', status: 'queued' }] })
  daemon.child.kill('SIGTERM')
  const { code, stderr } = await daemon.ended
  expect([code, stderr.includes('DISK_FULL')]).toEqual([0, true])
})

test('below the critical mark the daemon stops by itself, and says why', async () => {
  await using project = new Project()
  project.write('orchestrator_config.yaml', `disk: { low_mb: ${more}, critical_mb: ${more} }\n`)
  const { code, stderr } = await project.start(['daemon']).ended
  expect([code, /DISK_FULL: .* are free/.test(stderr)]).toEqual([75, true])
})
