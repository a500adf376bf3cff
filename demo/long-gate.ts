/**
 * A gate that is open for 30 days, over 50 restarts of the holder: decided once, and its span has the right times. The
 * days are those of an injected clock; engine, journal (SQLite on disk) and spans are the real ones.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stepId, type RunId } from '../src/base/ids.ts'
import { EmbeddedEngine } from '../src/engine/engine.ts'
import { createJournal } from '../src/engine/sqlite/journal.ts'
import { openDatabase } from '../src/engine/sqlite/open.ts'
import { createVault } from '../src/engine/vault.ts'
import { justValidate, parsePlan } from '../src/plan/parse.ts'
import type { AgentAdapter } from '../src/ports/agent.ts'
import type { Clock } from '../src/ports/clock.ts'
import type { JournalEvent } from '../src/run/event.ts'
import { reduce } from '../src/run/reduce.ts'
import { emptyRoster } from '../src/run/roster.ts'
import type { RunState } from '../src/run/state.ts'
import type { SpanRecord } from '../src/telemetry/span.ts'
import { spansOf } from '../src/telemetry/spans.ts'
import { check } from './support/orchd.ts'

const restarts = 50
const dayMs = 86_400_000
const start = Date.UTC(2026, 0, 1)
const gates = ['asked', 'unanswered'].map(stepId)
const [asked, unanswered] = gates as [(typeof gates)[0], (typeof gates)[0]]

const { plan } = parsePlan(
  `name: long
steps:
  - { id: asked, approval: { prompt: "Release it?", timeout: 60d } }
  - { id: unanswered, approval: { prompt: "And this?", timeout: 20d } }
`,
  'long.yaml',
  justValidate,
)
if (plan === null) throw new Error('the plan is not valid')

/** Time that passes only when it is told to. */
class DemoClock implements Clock {
  time = start
  #due: { readonly at: number; readonly callback: () => void }[] = []

  now = (): number => this.time
  soon = (callback: () => void): void => void setImmediate(callback)
  random = (): number => 0

  at(at: number, callback: () => void): { cancel(): void } {
    const timer = { at, callback }
    this.#due.push(timer)
    return { cancel: () => void (this.#due = this.#due.filter((other) => other !== timer)) }
  }

  pass(ms: number): void {
    this.time += ms
    const due = this.#due.filter(({ at }) => at <= this.time)
    this.#due = this.#due.filter(({ at }) => at > this.time)
    for (const { callback } of due) callback()
  }

  /** A holder that is gone hears of nothing any more. */
  forget(): void {
    this.#due = []
  }
}

const folder = mkdtempSync(join(tmpdir(), 'orchd-long-gate-'))
const clock = new DemoClock()
const nobody: AgentAdapter = { name: 'nobody', start() {}, attach: () => Promise.resolve('lost'), stop() {} }

/** One life of a holder. */
async function hold<T>(
  work: (engine: EmbeddedEngine) => Promise<T>,
): Promise<{ value: T; events: readonly JournalEvent[] }> {
  const database = openDatabase(folder)
  const journal = createJournal(database)
  const engine = new EmbeddedEngine({
    stateFolder: folder,
    journal,
    clock,
    limit: 10,
    adapterFor: () => nobody,
    secretsFor: () => ({}),
    vault: createVault(folder),
    traceparentOf: () => '',
    roster: () => emptyRoster,
    mayStart: () => true,
    warn(error) {
      throw error
    },
  })
  await engine.recover()
  const value = await work(engine)
  await engine.drain()
  const events = journal.eventsAfter(0, 1000)
  clock.forget()
  database.close()
  return { value, events }
}

try {
  const { value: run } = await hold(async (engine): Promise<RunId> => {
    const source = { file: 'long.yaml', sha256: '', projectFolder: folder }
    const submission = { plan, inputs: {}, source, simulate: 'none' as const, path: null, requestId: null, key: null }
    return (await engine.submit(submission)).runId
  })
  for (let life = 1; life < restarts; life++) {
    // Half of the time passes while somebody holds the folder, half while nobody does.
    clock.pass(((30 * dayMs) / restarts) * 0.5)
    await hold(async () => clock.pass(((30 * dayMs) / restarts) * 0.5))
  }
  clock.time = start + 30 * dayMs
  const answer = { decision: 'approve', by: 'ada', comment: null } as const
  const { value: second, events } = await hold(async (engine) => {
    await engine.decideGate(run, asked, answer)
    return engine.decideGate(run, asked, answer).then(
      () => 'taken',
      (error: unknown) => String(error),
    )
  })
  const decisions = (step: string): readonly JournalEvent[] =>
    events.filter(({ event }) => event.type === 'gate_decided' && event.step === step)
  check(
    `after ${restarts} restarts the gate was opened once`,
    events.filter(({ event }) => event.type === 'gate_opened' && event.step === asked).length === 1,
  )
  check('it was decided once', decisions(asked).length === 1, decisions(asked))
  check('a second answer was refused', second !== 'taken', second)
  check(
    'a gate that nobody answered within 20 days was rejected once',
    decisions(unanswered).length === 1,
    decisions(unanswered),
  )

  const spans = spansOfAll(events)
  const gateSpan = spans.find(
    ({ name, attributes }) => name === 'gate approval' && attributes['cicd.pipeline.task.name'] === asked,
  )
  check(
    'its span is 30 days long, from when it was opened to when it was decided',
    gateSpan?.startAt === start && gateSpan.endAt === start + 30 * dayMs,
    gateSpan,
  )
  const lapsed = spans.find(
    ({ name, attributes }) => name === 'gate approval' && attributes['cicd.pipeline.task.name'] === unanswered,
  )
  const late = (lapsed?.endAt ?? 0) - (start + 20 * dayMs)
  check(
    'the other one lapsed when it was due, or when somebody held the folder again',
    late >= 0 && late <= (30 * dayMs) / restarts,
    lapsed,
  )
  check(
    'no span ends before it starts',
    spans.every(({ startAt, endAt }) => startAt <= endAt),
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function spansOfAll(entries: readonly JournalEvent[]): SpanRecord[] {
  let run: RunState | null = null
  return entries.flatMap((entry) => {
    const before: RunState | null = run
    run = reduce(before, entry)
    return [...spansOf(before, entry, run)]
  })
}
