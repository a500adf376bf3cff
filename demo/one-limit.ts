/** Three runs at once under MAX_PARALLEL_AGENTS=4: at most 4 steps run, and 4 do, also across a kill and a restart. */
import { readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { check, Project, until } from './support/orchd.ts'

await using project = new Project({ MAX_PARALLEL_AGENTS: '4' })
project.write('running/.keep', '')
// Each step leaves a file while it runs: what is measured is the world, not what orchd says of itself.
const steps = Array.from(
  { length: 20 },
  (_, i) => `  - id: s${i}\n    run: f=running/$ORCHD_RUN_ID-s${i}; touch $f; sleep 0.3; rm $f`,
)
for (const name of ['one', 'two', 'three'])
  project.write(`${name}.yaml`, `name: ${name}\nsteps:\n${steps.join('\n')}\n`)

let daemon = await project.daemon()
const ids: string[] = []
for (const name of ['one', 'two', 'three'])
  ids.push(String((await project.json('run', `${name}.yaml`, '--detach'))['run_id']))

let most = 0
const over = new AbortController()
const measure = (async () => {
  while (!over.signal.aborted) {
    most = Math.max(most, readdirSync(project.path('running')).filter((name) => name !== '.keep').length)
    await delay(5)
  }
})()

await until('a third of the work is done', async () => (await finished()) >= 20, 60_000)
daemon.child.kill('SIGKILL')
await daemon.ended
daemon = await project.daemon()
await until('all runs are over', async () => (await finished()) === 60, 60_000)
over.abort()
await measure
check('at the most 4 steps ran at once, and 4 did', most === 4, most)
for (const id of ids) check(`run ${id} is completed`, (await project.json('status', id))['status'] === 'completed')
daemon.child.kill('SIGTERM')
const drained = await daemon.ended
check('the daemon drains on SIGTERM and exits 0', drained.code === 0, drained)

async function finished(): Promise<number> {
  const runs = JSON.parse((await project.orchd('ps', '--all', '--json')).stdout)
  let sum = 0
  for (const run of runs) sum += run.steps?.finished ?? (run.finished_at === null ? 0 : 20)
  return sum
}
