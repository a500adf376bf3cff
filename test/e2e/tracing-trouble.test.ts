import { expect, test, vi } from 'vitest'
import type { JournalEvent } from '../../src/run/event.ts'
import { MemoryJournal } from '../support/memory-store.ts'
import { appendRun } from '../support/journals.ts'
import { OtlpReceiver, type Mood } from '../support/otlp-receiver.ts'
import { RunningTelemetry } from '../support/telemetry.ts'
import { numberedRun, wideRun } from '../support/wide-run.ts'

const spansPerRun = 102
const patiently = { timeout: 15_000 }

function journalOf(runs: number): MemoryJournal {
  const journal = new MemoryJournal()
  for (let number = 1; number <= runs; number++) appendRun(journal, numberedRun(number), wideRun(spansPerRun - 2))
  return journal
}

test.concurrent('spans of runs whose receiver was dead from start to end arrive when it is back', async () => {
  await using receiver = await OtlpReceiver.start()
  await receiver.die()
  const journal = journalOf(10)
  for (const _ of [1, 2]) {
    await using running = new RunningTelemetry(journal, receiver.url)
    await vi.waitFor(() => expect(running.telemetry.stats.failures).toBeGreaterThan(0), patiently)
    expect(running.telemetry.stats).toMatchObject({ exported: 0, lastFailure: expect.stringContaining('ECONNREFUSED') })
  }
  await receiver.comeBack()
  await using running = new RunningTelemetry(journal, receiver.url)
  await receiver.until(() => receiver.spans.length >= 10 * spansPerRun)
  expect(receiver.distinct()).toHaveLength(10 * spansPerRun)
  expect(receiver.findProblems()).toEqual([])
  await running.stop()
  expect(running.telemetry.stats.lag).toBe(0)
})

test.concurrent('a receiver that goes away is told of once', async () => {
  await using receiver = await OtlpReceiver.start()
  receiver.mood = { kind: 'refusing', status: 500 }
  const warnings: string[] = []
  await using _ = new RunningTelemetry(journalOf(1), receiver.url, { warn: ({ message }) => warnings.push(message) })
  await receiver.until(() => receiver.requests.length >= 3)
  expect(warnings).toEqual([expect.stringContaining('HTTP status 500')])
})

test.concurrent('a dead receiver does not hold a stopping holder up', async () => {
  await using receiver = await OtlpReceiver.start()
  await receiver.die()
  const running = new RunningTelemetry(journalOf(1), receiver.url, { backoffMs: [60_000, 60_000] })
  await vi.waitFor(() => expect(running.telemetry.stats.failures).toBe(1), patiently)
  const began = performance.now()
  await running.stop()
  expect(performance.now() - began).toBeLessThan(2000)
})

test.concurrent('a hanging receiver holds a stopping holder up for no longer than the drain may last', async () => {
  await using receiver = await OtlpReceiver.start()
  receiver.mood = { kind: 'hanging' }
  const journal = journalOf(3)
  const running = new RunningTelemetry(journal, receiver.url, { drainMs: 300 })
  await receiver.until(() => receiver.requests.length === 1)
  const began = performance.now()
  await running.stop()
  expect(performance.now() - began).toBeGreaterThan(250)
  expect(performance.now() - began).toBeLessThan(2000)

  receiver.mood = { kind: 'well' }
  await using _ = new RunningTelemetry(journal, receiver.url)
  await receiver.until(() => receiver.spans.length === 3 * spansPerRun)
})

test.concurrent('what was committed last is sent while the holder stops', async () => {
  await using receiver = await OtlpReceiver.start()
  const journal = new MemoryJournal()
  const running = new RunningTelemetry(journal, receiver.url, { gatherMs: 60_000 })
  appendRun(journal, numberedRun(1), wideRun(8))
  running.telemetry.wake()
  await running.stop()
  expect(receiver.spans).toHaveLength(10)
})

const ill: readonly Mood[] = [
  { kind: 'refusing', status: 503 },
  { kind: 'refusing', status: 401 },
  { kind: 'refusing', status: 404 },
  { kind: 'refusing', status: 500 },
  { kind: 'refusing', status: 302 },
]
test.concurrent.each(ill)('nothing is lost to a receiver that answers $status for a while', async (mood) => {
  await using receiver = await OtlpReceiver.start()
  receiver.mood = mood
  await using running = new RunningTelemetry(journalOf(6), receiver.url)
  await receiver.until(() => receiver.requests.length >= 3)
  receiver.mood = { kind: 'well' }
  await receiver.until(() => receiver.spans.length >= 6 * spansPerRun)
  expect(receiver.distinct()).toHaveLength(6 * spansPerRun)
  expect(receiver.findProblems()).toEqual([])
  expect(running.telemetry.stats.failures).toBeGreaterThanOrEqual(2)
})

test.concurrent('a slow receiver gets one request at a time', async () => {
  await using receiver = await OtlpReceiver.start()
  receiver.mood = { kind: 'slow', ms: 150 }
  await using running = new RunningTelemetry(journalOf(15), receiver.url)
  await receiver.until(() => receiver.spans.length >= 15 * spansPerRun)
  expect(receiver.distinct()).toHaveLength(receiver.spans.length)
  expect(running.telemetry.stats.failures).toBe(0)
})

test.concurrent('spans that a receiver takes and throws away are counted, and not sent again', async () => {
  await using receiver = await OtlpReceiver.start()
  receiver.mood = { kind: 'partial', rejected: 5 }
  await using running = new RunningTelemetry(journalOf(1), receiver.url)
  await vi.waitFor(() => expect(running.telemetry.stats.lag).toBe(0), patiently)
  expect(running.telemetry.stats).toMatchObject({ exported: spansPerRun - 5, rejected: 5, failures: 0 })
  expect(receiver.requests).toHaveLength(1)
})

test.concurrent('a span that a receiver never takes does not keep the others back', async () => {
  await using receiver = await OtlpReceiver.start()
  receiver.mood = { kind: 'picky', name: 'step s50' }
  await using running = new RunningTelemetry(journalOf(1), receiver.url, { backoffMs: [1, 1] })
  await vi.waitFor(() => expect(running.telemetry.stats.lag).toBe(0), patiently)
  expect(running.telemetry.stats).toMatchObject({ exported: spansPerRun - 1, rejected: 1 })
  expect(receiver.distinct()).toHaveLength(spansPerRun - 1)
})

test.concurrent('a run that cannot be folded is passed over', async () => {
  await using receiver = await OtlpReceiver.start()
  const journal = new MemoryJournal()
  appendRun(journal, numberedRun(1), wideRun(5).slice(1)) // its first event is missing
  appendRun(journal, numberedRun(2), wideRun(5))
  await using running = new RunningTelemetry(journal, receiver.url)
  await receiver.until(() => receiver.spans.length === 7)
  await vi.waitFor(() => expect(running.telemetry.stats.lag).toBe(0), patiently)
  expect(running.telemetry.stats.unreadable).toBe(10)
})

test.concurrent('a journal that cannot be read for a while is read later', async () => {
  class Failing extends MemoryJournal {
    failures = 3
    override eventsAfter(seq: number, limit: number): readonly JournalEvent[] {
      if (this.failures-- > 0) throw new Error('the disk is asleep')
      return super.eventsAfter(seq, limit)
    }
  }
  await using receiver = await OtlpReceiver.start()
  const journal = new Failing()
  appendRun(journal, numberedRun(1), wideRun(5))
  await using running = new RunningTelemetry(journal, receiver.url)
  await receiver.until(() => receiver.spans.length === 7)
  expect(running.telemetry.stats).toMatchObject({ failures: 3, lastFailure: expect.stringContaining('asleep') })
})
