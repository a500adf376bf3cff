import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { JournalEvent } from '../../src/run/event.ts'
import { reduce } from '../../src/run/reduce.ts'
import type { RunState } from '../../src/run/state.ts'

const journals = globSync('test/fixtures/journals/*.jsonl')

/** Every kind of event there is; a new one must get into a golden journal. */
const kinds = [
  'run_submitted',
  'condition_evaluated',
  'expression_failed',
  'attempt_started',
  'attempt_finished',
  'attempt_lost',
  'attempt_decided',
  'gate_opened',
  'gate_decided',
  'deadline_reached',
  'cancel_requested',
  'items_evaluated',
  'inputs_evaluated',
  'outputs_evaluated',
  'retry_requested',
  'budget_reached',
  'budget_raised',
  'standstill_changed',
]

const entriesOf = (file: string): JournalEvent[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

/** What a golden journal pins down of the runs that it folds to. */
function fold(entries: readonly JournalEvent[]): unknown {
  const runs = new Map<string, RunState>()
  for (const entry of entries) runs.set(entry.runId, reduce(runs.get(entry.runId) ?? null, entry))
  return [...runs.values()].map(({ steps, states, ...run }) => ({
    ...publicPart(run),
    order: [...steps].toSorted((a, b) => a.order - b.order).map(({ id }) => id),
    steps: Object.fromEntries(Array.from(steps, ({ id }, index) => [id, states.get(index)])),
  }))
}

/** Without what only the kernel sees: how it finds things may change, what they are may not. */
function publicPart(run: Omit<RunState, 'steps' | 'states'>): object {
  const { plan: _, levels: __, changed: ___, sets: ____, timers: _____, rewinds, ...rest } = run
  return { ...rest, rewinds: [...rewinds] }
}

test.each(journals)('%s folds to the state that it folded to when it was written', (file) => {
  const expected = file.replace('.jsonl', '.expected.json')
  const folded = `${JSON.stringify(fold(entriesOf(file)), null, 2)}\n`
  if (!existsSync(expected) && process.env['ORCHD_WRITE_GOLDEN'] === '1') writeFileSync(expected, folded)
  // States may have grown since; what was there must be as it was.
  expect(JSON.parse(folded)).toMatchObject(JSON.parse(readFileSync(expected, 'utf8')))
})

test('the golden journals hold every kind of event', () => {
  const seen = new Set(journals.flatMap((file) => entriesOf(file).map((entry) => entry.event.type)))
  expect(kinds.filter((kind) => !seen.has(kind as JournalEvent['event']['type']))).toEqual([])
})
