/** A gate: --no-wait exits 6; approve from elsewhere lets the run finish; reject ends it with exit 3; silence rejects. */
import { check, Project, until } from './support/orchd.ts'

const plan = `
name: release
steps:
  - id: build
    run: echo built
  - id: ok
    depends_on: [build]
    approval: { prompt: "Release it?" }
  - id: deploy
    depends_on: [ok]
    run: echo deployed > deployed.txt
`

await using project = new Project()
project.write('release.yaml', plan)

const waiting = await project.orchd('run', 'release.yaml', '--no-wait', '--json')
const response = JSON.parse(waiting.stdout.trimEnd().split('\n').at(-1) ?? '')
check('run --no-wait exits 6 when only a person can go on', waiting.code === 6, waiting)
check(
  'the response says that the run waits for people',
  response.status === 'waiting' && response.waiting_for === 'people',
  response,
)

const approved = await project.orchd('approve', response.run_id.slice(0, 12), 'ok', '-m', 'looks good')
check('approve, with no holder, becomes the holder and lets the run finish', approved.code === 0, approved)
const done = await project.json('status', response.run_id)
check(
  'the run is completed, and the step behind the gate ran',
  done['status'] === 'completed' && project.read('deployed.txt') === 'deployed\n',
  done,
)

const again = JSON.parse(
  (await project.orchd('run', 'release.yaml', '--no-wait', '--json')).stdout.trimEnd().split('\n').at(-1) ?? '',
)
const rejected = await project.orchd('reject', again.run_id, 'ok', '-m', 'not on a Friday')
check('reject ends the run with exit 3', rejected.code === 3, rejected)
const failed = await project.json('status', again.run_id)
check(
  'the rejected run failed, and what stands behind the gate was skipped',
  failed['status'] === 'failed' && JSON.stringify(failed).includes('gate_rejected'),
  failed,
)

const holder = project.start(['run', 'release.yaml', '--json'])
let runId = ''
await until('the gate of the run in the foreground is open', async () => {
  const { stdout } = await project.orchd('ps', '--json')
  const runs = JSON.parse(stdout)
  const open = (Array.isArray(runs) ? runs : runs.runs).find((run: { status: string }) => run.status === 'waiting')
  runId = open?.run_id ?? ''
  return runId !== ''
})
const answer = await project.orchd('approve', runId, 'ok')
check('approve in another shell is taken by the run in the foreground', answer.code === 0, answer)
const ended = await holder.ended
check('which then goes on to its end with exit 0', ended.code === 0, ended)

project.write('silent.yaml', plan.replace('prompt: "Release it?"', 'prompt: "Release it?", timeout: 1s'))
const silent = await project.orchd('run', 'silent.yaml')
check('a gate that nobody answers in time is rejected: exit 3', silent.code === 3, silent)
