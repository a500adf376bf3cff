import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'
import type { RunResponse } from '../../src/ports/response.ts'
import { ask } from '../http/raw.ts'
import { Random } from '../support/random.ts'
import { Family, type Shape } from './families.ts'
import { long, report, seed } from './size.ts'

const cancels = long ? 500 : 20
const atOnce = 20

/** Ten seconds from TERM to KILL, and 2 s for all else; on a machine that is busy with other things a few take longer. */
const longestEndMs = 12_000
const longestWhenBusyMs = 20_000

/** Three steps at once and one behind them; stubborn ones must be killed. */
function plan(families: readonly Family[], stubborn: boolean): string {
  const then = stubborn ? 'trap "" TERM; while :; do sleep 0.2; done' : 'sleep 1000'
  const steps = families.map((family, i) => `  - { id: s${i}, run: ${JSON.stringify(family.command(then))} }\n`)
  const needs = families.map((_, i) => `s${i}`).join(', ')
  return `name: cancelled\nsteps:\n${steps.join('')}  - { id: last, depends_on: [${needs}], run: "true" }\n`
}

type Cancelled = { readonly stubborn: boolean; readonly ms: number; readonly wrong: readonly string[] }

/** Starts a run and cancels it a moment later, wherever it is then. */
async function cancelOne(project: Project, random: Random, stubborn: boolean): Promise<Cancelled> {
  const shapes: readonly Shape[] = ['background', 'session', 'grandchildren', 'orphaned']
  const families = Array.from({ length: 3 }, () => new Family(random.pick(shapes)))
  const pauseMs = random.below(500)
  const socket = project.path('.orchd/orchd.sock')
  const { json } = await ask(socket, '/api/v1/runs', { method: 'POST', body: plan(families, stubborn) })
  const { run_id: id } = json as { run_id: string } // the answer to a plan that was taken
  await delay(pauseMs) // an arbitrary moment is the point
  const from = Date.now()
  const body = JSON.stringify({ reason: 'a test', by: 'ada' })
  const headers = { 'content-type': 'application/json' }
  const { status } = await ask(socket, `/api/v1/runs/${id}/cancel`, { method: 'POST', body, headers })
  const run = await finished(socket, id)
  const ms = Date.parse(run.finished_at ?? '') - from
  return { stubborn, ms, wrong: [...(status < 300 ? [] : [`cancel answered ${status}`]), ...wrongIn(run, families)] }
}

/** Seldom asked: twenty that ask all the time would be most of the load. */
async function finished(socket: string, id: string): Promise<RunResponse> {
  for (;;) {
    const run = (await ask(socket, `/api/v1/runs/${id}`)).json as RunResponse // the response contract
    if (run.finished_at !== null) return run
    await delay(250)
  }
}

/** A run that was cancelled says so, each of its steps says how it ended, and nothing of them lives. */
function wrongIn({ status, steps }: RunResponse, families: readonly Family[]): string[] {
  const ends = steps.map(({ outcome, cause, skip_cause: skipCause }) => `${outcome}/${cause ?? skipCause}`)
  const odd = ends.filter((end) => end !== 'cancellation/cancelled' && !end.startsWith('skip/'))
  const left = families.flatMap((family) => family.members())
  return [
    ...(status === 'cancelled' ? [] : [`the run is ${status}`]),
    ...odd.map((end) => `a step ended as ${end}`),
    ...left.map((pid) => `process ${pid} is left`),
  ]
}

const sorted = (ends: readonly Cancelled[]): number[] => ends.map(({ ms }) => Math.round(ms)).toSorted((a, b) => a - b)

test(
  `seed ${seed}: cancelled at any moment, a run is over in less than 12 s, with nothing left and all on record`,
  { timeout: 1_800_000 },
  async () => {
    await using project = new Project({ MAX_PARALLEL_AGENTS: '60' })
    const daemon = await project.daemon()
    const random = new Random(seed)
    const ends: Cancelled[] = []
    while (ends.length < cancels)
      ends.push(
        ...(await Promise.all(Array.from({ length: atOnce }, (_, i) => cancelOne(project, random, i % 5 === 0)))),
      )
    const stubbornMs = sorted(ends.filter(({ stubborn }) => stubborn))
    const [median, slowest] = [stubbornMs[stubbornMs.length >> 1], Math.max(...sorted(ends))]
    const wrong = ends.flatMap((end) => end.wrong)
    report('cancels', {
      cancels: ends.length,
      killed: stubbornMs.length,
      medianOfKilledMs: median,
      slowestMs: slowest,
      wrong,
    })
    expect(wrong).toEqual([])
    expect(median).toBeLessThan(longestEndMs)
    expect(slowest).toBeLessThan(longestWhenBusyMs)
    expect(project.processes()).toEqual([])
    daemon.child.kill('SIGTERM')
    expect((await daemon.ended).code).toBe(0)
  },
)
