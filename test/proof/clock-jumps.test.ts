import { globSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'
import { OtlpReceiver } from '../support/otlp-receiver.ts'
import { findProblems } from '../support/otlp-spans.ts'
import { report } from './size.ts'

const daySeconds = 86_400
const yearSeconds = 365 * daySeconds

/** By how much the machine's clock is set anew while the daemon works, in seconds. */
const jumps: { readonly [name: string]: number } = {
  'not at all': 0,
  'an hour ahead': 3600,
  'an hour back': -3600,
  'a day ahead': daySeconds,
  'a day back': -daySeconds,
  'ten years ahead': 10 * yearSeconds,
  'back to 1970': 60 - Math.floor(Date.now() / 1000),
}

const plan = `name: jumped
steps:
  - { id: limited, run: sleep 60, timeout: 3s, continue_on_error: true }
  - { id: steady, run: sleep 2 }
  - { id: again, run: 'test "$ORCHD_ATTEMPT" -gt 1', retry: { max_attempts: 2, backoff: fixed, delay: 3s } }
  - { id: asked, approval: { prompt: Is anybody there?, timeout: 4s }, continue_on_error: true }
`

/** What each step takes by the rules, in seconds, at least and at most: a fifth of a delay is left to jitter. */
const dueSeconds: { readonly [step: string]: readonly [number, number] } = {
  limited: [3, 3],
  steady: [2, 2],
  again: [2.4, 3],
  asked: [4, 4],
}

/** `faketime` for programs that are to be lied to by a file, whenever it changes. Monotonic time stays what it is. */
function lyingClock(project: Project): Record<string, string> {
  const [library] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')
  if (library === undefined) throw new Error('install libfaketime (Debian: package faketime)')
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: project.path('clock'),
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  }
}

type Step = { readonly id: string; readonly started_at: string; readonly finished_at: string }

const detached = async (project: Project): Promise<string> =>
  String((await project.json('run', 'plan.yaml', '--detach'))['run_id'])

const stepsOf = async (project: Project, run: string): Promise<readonly Step[]> =>
  (await project.json('status', run))['steps'] as readonly Step[]

const isOver = (project: Project, run: string): Promise<void> =>
  until('the run is over', async () => (await project.json('status', run))['status'] === 'completed')

test(
  'whatever the clock is set to, no limit is early or late, and spans have times that can be',
  { timeout: 300_000 },
  async () => {
    await using collector = await OtlpReceiver.start()
    const secondsOf: { [jump: string]: { [step: string]: number } } = {}
    const play = async (name: string, seconds: number): Promise<void> => {
      await using project = new Project({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.replace('/v1/traces', '') })
      const setClock = (offset: number): void =>
        writeFileSync(project.path('clock'), `${offset < 0 ? '' : '+'}${offset}\n`)
      setClock(0)
      project.write('plan.yaml', plan)
      const daemon = await project.daemon(lyingClock(project))
      const id = await detached(project)
      await until('all steps have begun', async () =>
        (await stepsOf(project, id)).every(({ started_at: startedAt }) => startedAt !== null),
      )
      setClock(seconds)
      // Back and forth: what was set once is set again.
      await delay(1000)
      setClock(0)
      await delay(500)
      setClock(seconds)
      await isOver(project, id)
      const steps = await stepsOf(project, id)
      secondsOf[name] = Object.fromEntries(
        steps.map((step) => [step.id, (Date.parse(step.finished_at) - Date.parse(step.started_at)) / 1000]),
      )
      daemon.child.kill('SIGTERM')
      expect((await daemon.ended).code).toBe(0)
    }
    await Promise.all(Object.entries(jumps).map(([name, seconds]) => play(name, seconds)))
    report('clock jumps', secondsOf)
    for (const [name, steps] of Object.entries(secondsOf)) {
      for (const [step, [least, most]] of Object.entries(dueSeconds)) {
        // Late by what the machine makes everybody late: the run whose clock is left alone tells by how much.
        const latest = Math.max(most, secondsOf['not at all']![step]!) + 1
        expect(steps[step], `${step}, clock set ${name}`).toBeGreaterThanOrEqual(least - 0.01)
        expect(steps[step], `${step}, clock set ${name}`).toBeLessThan(latest)
      }
    }
    expect(collector.spans.filter(({ parentSpanId }) => parentSpanId === null)).toHaveLength(Object.keys(jumps).length)
    expect(findProblems(collector.spans)).toEqual([])
  },
)

test('a holder whose clock was set back while nobody held the folder goes on where the last one was', async () => {
  await using collector = await OtlpReceiver.start()
  await using project = new Project({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.replace('/v1/traces', '') })
  const env = lyingClock(project)
  writeFileSync(project.path('clock'), '+0\n')
  project.write('plan.yaml', plan)
  const first = await project.daemon(env)
  const id = await detached(project)
  await until('a step runs', async () => (await project.json('status', id))['status'] === 'running')
  first.child.kill('SIGKILL')
  await first.ended
  writeFileSync(project.path('clock'), `${-daySeconds}\n`)
  const second = await project.daemon(env)
  await isOver(project, id)
  const steps = await stepsOf(project, id)
  for (const step of steps)
    expect(Date.parse(step.finished_at), step.id).toBeGreaterThanOrEqual(Date.parse(step.started_at))
  second.child.kill('SIGTERM')
  await second.ended
  expect(findProblems(collector.spans)).toEqual([])
})
