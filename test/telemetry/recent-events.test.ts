import { expect, test } from 'vitest'
import type { Committed } from '../../src/ports/observer.ts'
import { RecentEvents } from '../../src/telemetry/recent-events.ts'
import { appendRun, committedOf } from '../support/journals.ts'
import { MemoryJournal } from '../support/memory-store.ts'
import { OtlpReceiver } from '../support/otlp-receiver.ts'
import { RunningTelemetry } from '../support/telemetry.ts'
import { numberedRun, wideRun } from '../support/wide-run.ts'

class CountingJournal extends MemoryJournal {
  eventsRead = 0
  override eventsAfter(seq: number, limit: number): ReturnType<MemoryJournal['eventsAfter']> {
    const page = super.eventsAfter(seq, limit)
    this.eventsRead += page.length
    return page
  }
}

/** Appends a run, as the engine does, and gives what it tells its observers. */
function commit(journal: MemoryJournal, number: number, steps: number): Committed[] {
  const from = journal.lastSeq()
  appendRun(journal, numberedRun(number), wideRun(steps))
  return committedOf(MemoryJournal.prototype.eventsAfter.call(journal, from, 1e9))
}

test('what the engine has told is not read again', async () => {
  await using receiver = await OtlpReceiver.start()
  const journal = new CountingJournal()
  await using running = new RunningTelemetry(journal, receiver.url)
  for (const number of [1, 2, 3]) {
    running.telemetry.wake(commit(journal, number, 300))
    await receiver.until(() => receiver.spans.length === number * 302)
  }
  expect(receiver.findProblems()).toEqual([])
  expect(journal.eventsRead).toBe(0)
})

test('what was told while the receiver was away, and forgotten, is read', async () => {
  await using receiver = await OtlpReceiver.start()
  receiver.mood = { kind: 'refusing', status: 500 }
  const journal = new CountingJournal()
  await using running = new RunningTelemetry(journal, receiver.url)
  running.telemetry.wake(commit(journal, 1, 600))
  await receiver.until(() => receiver.requests.length > 0)
  for (let number = 2; number <= 6; number++) running.telemetry.wake(commit(journal, number, 600))
  receiver.mood = { kind: 'well' }
  await receiver.until(() => receiver.spans.length >= 6 * 602)
  expect(receiver.distinct()).toHaveLength(6 * 602)
  expect(receiver.findProblems()).toEqual([])
  expect(journal.eventsRead).toBeGreaterThan(1000)
  expect(journal.eventsRead).toBeLessThan(journal.lastSeq() - 2000)
})

test('what an earlier holder left is not read before the work of this one has begun', async () => {
  await using receiver = await OtlpReceiver.start()
  const journal = new CountingJournal()
  commit(journal, 1, 300)
  await using _ = new RunningTelemetry(journal, receiver.url)
  expect(journal.eventsRead).toBe(0)
  await receiver.until(() => receiver.spans.length === 302)
  expect(receiver.findProblems()).toEqual([])
})

test('it holds the last events, without gaps, and gives those right behind a number', () => {
  const all = commit(new MemoryJournal(), 1, 1500)
  const recent = new RecentEvents()
  expect(recent.firstSeq).toBe(Infinity)
  recent.offer(all.slice(0, 10))
  expect(recent.after(3, 4).map(({ entry }) => entry.seq)).toEqual([4, 5, 6, 7])
  recent.offer(all.slice(12, 20)) // two were never told
  expect(recent.firstSeq).toBe(13)
  expect(recent.after(10, 5)).toEqual([])
  expect(recent.after(12, 2).map(({ entry }) => entry.seq)).toEqual([13, 14])
  recent.offer(all.slice(20))
  expect(recent.firstSeq).toBe(all.length - 2047)
  expect(recent.after(all.length, 1)).toEqual([])
  expect(recent.firstSeq).toBe(Infinity)
})
