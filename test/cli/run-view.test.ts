import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { responseOf } from '../../src/report/response.ts'
import type { JournalEvent } from '../../src/run/event.ts'
import { factsOf } from '../../src/run/facts.ts'
import { applyFact } from '../../src/surfaces/cli/view/apply-fact.ts'
import { viewOf } from '../../src/surfaces/cli/view/view-of.ts'
import { type RunView, seemsToWait } from '../../src/surfaces/cli/view/run-view.ts'
import { committedOf } from '../support/journals.ts'
import { gate, plan, step } from '../support/plans.ts'
import { failure, KernelRun } from '../support/runs.ts'
import { play } from '../support/play.ts'
import { entriesOf, followed, shownIn, snapshot } from './watched.ts'

const golden: JournalEvent[] = readFileSync('test/fixtures/journals/0.1.0.jsonl', 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line))

/** What both ways to a view must agree on. */
const essence = (view: RunView): unknown => ({
  counts: view.counts,
  failed: view.failed,
  skipped: view.skipped,
  finishedAt: view.finishedAt,
  steps: view.steps.map(({ id, shown }) => ({
    id,
    status: shown.status,
    ...(shown.status === 'finished'
      ? {
          outcome: shown.outcome,
          cause: shown.cause,
          skip: shown.skipCause,
          attempts: shown.attempts,
          at: shown.finishedAt,
        }
      : {}),
  })),
})

test('at every moment, following the facts shows the same as looking at the run anew', () => {
  let compared = 0
  const views = new Map<string, RunView>()
  for (const { before, entry, after: state } of committedOf(golden)) {
    const response = responseOf(state, entry.event.at, entry.seq)
    const view = views.get(entry.runId) ?? viewOf(response, { fromStart: true })
    views.set(entry.runId, view)
    for (const fact of factsOf(before, entry, state)) applyFact(view, { ...fact, run_id: entry.runId })
    const after = { seq: entry.seq, type: entry.event.type }
    const anew = viewOf(response, { fromStart: false })
    expect({ after, view: essence(view) }).toEqual({ after, view: essence(anew) })
    compared++
  }
  expect(compared).toBe(golden.length)
})

test('so it does in a run of any shape that grows, goes back and is retried', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const run = play(seed)
      let view: RunView | null = null
      for (const { before, entry, after } of committedOf(entriesOf(run))) {
        const response = responseOf(after, entry.event.at, entry.seq)
        view ??= viewOf(response, { fromStart: true })
        for (const fact of factsOf(before, entry, after)) applyFact(view, { ...fact, run_id: entry.runId })
        const told = { after: entry.event.type, seq: entry.seq }
        expect({ ...told, view: essence(view) }).toEqual({
          ...told,
          view: essence(viewOf(response, { fromStart: false })),
        })
      }
    }),
    { numRuns: 40 },
  )
})

test('a step that is tried again tells which attempt comes, when, and why', () => {
  const retry = { ...step('a').retry, maxAttempts: 2, delayMs: 5000 }
  const run = new KernelRun(plan([step('a', [], { retry })])).run('a', failure)
  expect(shownIn(followed(run), 'a')).toMatchObject({ status: 'retrying', attempt: 2, cause: 'exit_nonzero' })
})

test('a run seems to wait only when nothing moves by itself', () => {
  const run = new KernelRun(plan([step('a'), step('ok', [], { body: gate() })]))
  expect(seemsToWait(followed(run))).toBe(false)
  run.start('a')
  expect(seemsToWait(followed(run))).toBe(false)
  run.finish('a')
  expect(seemsToWait(followed(run))).toBe(true)
  run.answer('ok', 'approve')
  expect(seemsToWait(followed(run))).toBe(false)
})

test('facts of steps that the view does not know change nothing', () => {
  const run = new KernelRun(plan([step('a')])).run('a')
  const view = viewOf({ ...snapshot(run), steps: [] }, { fromStart: true })
  applyFact(view, { type: 'step_held', step: run.state.plan.steps[0]!.id, id: '1.0', seq: 1, at: 0, run_id: 'r' })
  expect(view.counts.held).toBe(0)
})
