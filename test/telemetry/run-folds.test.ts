import { expect, test } from 'vitest'
import { reduce } from '../../src/run/reduce.ts'
import type { RunState } from '../../src/run/state.ts'
import { createRunFolds } from '../../src/telemetry/run-folds.ts'
import { MemoryJournal } from '../support/memory-store.ts'
import { appendRun } from '../support/journals.ts'
import { numberedRun, wideRun } from '../support/wide-run.ts'

/** Three runs of 7,000 steps, of which only two fit into memory at once; the first events of each, in turn. */
function interleaved(): MemoryJournal {
  const journal = new MemoryJournal()
  const runs = [1, 2, 3].map((number) => ({ id: numberedRun(number), events: wideRun(7000).slice(0, 3) }))
  for (let at = 0; at < 3; at++) for (const { id, events } of runs) appendRun(journal, id, events.slice(at, at + 1))
  return journal
}

test('runs that do not fit into memory are read again, with the same states', () => {
  const journal = interleaved()
  let reads = 0
  const folds = createRunFolds({
    eventsOf(id) {
      reads++
      return journal.eventsOf(id)
    },
  })
  const expected = new Map<string, RunState>()
  for (const entry of journal.eventsAfter(0, 100)) {
    const before = expected.get(entry.runId) ?? null
    const after = reduce(before, entry)
    expected.set(entry.runId, after)
    const folded = folds.fold(entry)
    expect(folded.before?.sets.running.size).toBe(before?.sets.running.size)
    expect(folded.after.sets.running.size).toBe(after.sets.running.size)
  }
  expect(reads).toBeGreaterThan(3)
})

test('a run that fits is folded without reading it again', () => {
  const journal = new MemoryJournal()
  appendRun(journal, numberedRun(1), wideRun(50))
  const folds = createRunFolds({
    eventsOf() {
      throw new Error('read again')
    },
  })
  const phases = journal.eventsAfter(0, 1000).map((entry) => folds.fold(entry).after.phase)
  expect(phases.at(-1)).toBe('finished')
})
