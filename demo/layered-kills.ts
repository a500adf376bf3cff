/**
 * A layered plan, its daemon killed with SIGKILL every 2 s until all is done: nothing is lost, nothing happens twice, the
 * limit holds, and it takes little longer than in peace. `ORCHD_TEST_SIZE=long` has 10,000 steps.
 */
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { check, Project, until } from './support/orchd.ts'

const long = process.env['ORCHD_TEST_SIZE'] === 'long'
const steps = long ? 10_000 : 600
const layer = 50
const limit = 8
/** While a daemon is there. How long the next one takes to be there depends on what else the machine does. */
const mostTimesAsLong = 1.5
const mostTimesInAll = 3
const patienceMs = long ? 1_500_000 : 240_000

/** What each step does: it leaves a line when it begins and one when it ends. */
const script = 'echo +$ORCHD_STEP_ID >> log.txt; sleep 0.1; echo -$ORCHD_STEP_ID >> log.txt\n'

/** Each step needs three of the layer before it. */
function layered(): string {
  const text = ['name: layered', 'steps:']
  for (let i = 0; i < steps; i++) {
    const above = Math.floor(i / layer - 1) * layer
    const needs = above < 0 ? [] : [0, 7, 31].map((shift) => `s${above + ((i + shift) % layer)}`)
    text.push(`  - { id: s${i}, depends_on: [${needs.join(', ')}], run: sh step.sh }`)
  }
  return `${text.join('\n')}\n`
}

type Course = {
  readonly ms: number
  readonly withoutDaemonMs: number
  readonly kills: number
  readonly log: readonly string[]
  readonly status: string
}

/** Runs the plan under a daemon that is killed every `everyMs`, or never. */
async function course(everyMs: number | null): Promise<Course> {
  await using project = new Project({ MAX_PARALLEL_AGENTS: String(limit) })
  project.write('step.sh', script)
  project.write('layered.yaml', layered())
  let daemon = await project.daemon()
  const from = performance.now()
  const submitted = await project.json('run', 'layered.yaml', '--detach')
  const run = String(submitted['run_id'])
  if (submitted['run_id'] === undefined) throw new Error(`the plan was not taken: ${JSON.stringify(submitted)}`)
  const log = (): string[] => (existsSync(project.path('log.txt')) ? project.read('log.txt').trimEnd().split('\n') : [])
  const done = (): boolean => log().filter((line) => line.startsWith('-')).length >= steps
  const deadline = from + patienceMs
  let [kills, withoutDaemonMs] = [0, 0]
  while (!done() && performance.now() < deadline) {
    await delay(everyMs ?? 200)
    if (everyMs === null || done()) continue
    const killedAt = performance.now()
    daemon.child.kill('SIGKILL')
    await daemon.ended
    kills++
    daemon = await project.daemon()
    withoutDaemonMs += performance.now() - killedAt
  }
  const ms = performance.now() - from
  await until('the daemon knows the end', async () => (await project.json('status', run))['finished_at'] !== null)
  const { status } = await project.json('status', run)
  daemon.child.kill('SIGTERM')
  await daemon.ended
  return { ms, withoutDaemonMs, kills, log: log(), status: String(status) }
}

/** The most steps that ran at once, as they say themselves. */
function mostAtOnce(log: readonly string[]): number {
  let [now, most] = [0, 0]
  for (const line of log) {
    now += line.startsWith('+') ? 1 : -1
    most = Math.max(most, now)
  }
  return most
}

const calm = await course(null)
const killed = await course(2000)
check(`a plan of ${steps} steps is completed in peace`, calm.status === 'completed', calm.status)
check(
  `and with its daemon killed ${killed.kills} times`,
  killed.status === 'completed' && killed.kills > 1,
  killed.status,
)
const lines = new Set(killed.log)
check('no step was lost', lines.size === 2 * steps, 2 * steps - lines.size)
check('no step happened twice', killed.log.length === lines.size, killed.log.length - lines.size)
const most = mostAtOnce(killed.log)
check(`at the most ${limit} steps ran at once`, most <= limit && most > 1, most)
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
const times = (ms: number): number => Number((ms / calm.ms).toFixed(2))
const [inAll, withDaemon] = [times(killed.ms), times(killed.ms - killed.withoutDaemonMs)]
const took = `${seconds(killed.ms)} instead of ${seconds(calm.ms)}, ${inAll} times as long`
check(`it took ${took}`, inAll <= mostTimesInAll, took)
check(`and ${withDaemon} times as long without the moments in which there was no daemon`, withDaemon <= mostTimesAsLong)
