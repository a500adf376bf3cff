import { expect, test } from 'vitest'
import { MemoryJournal } from '../support/memory-store.ts'
import { appendRun } from '../support/journals.ts'
import { OtlpReceiver } from '../support/otlp-receiver.ts'
import { RunningTelemetry } from '../support/telemetry.ts'
import { numberedRun, wideRun } from '../support/wide-run.ts'

const run = numberedRun(1)
function journalOf(steps: number): MemoryJournal {
  const journal = new MemoryJournal()
  appendRun(journal, run, wideRun(steps))
  return journal
}

test.concurrent('a past run is sent as a whole, equal to what was sent before', async () => {
  await using receiver = await OtlpReceiver.start()
  await using running = new RunningTelemetry(journalOf(600), receiver.url)
  await receiver.until(() => receiver.spans.length === 602)
  expect(await running.telemetry.exportRun(run)).toBe(602)
  expect(receiver.spans).toHaveLength(1204)
  expect(receiver.distinct()).toHaveLength(602)
})

test.concurrent('a run that was not traced can be sent by hand', async () => {
  await using receiver = await OtlpReceiver.start()
  const journal = new MemoryJournal()
  await using off = new RunningTelemetry(journal, null)
  appendRun(journal, run, wideRun(3))
  await off.stop()
  await using running = new RunningTelemetry(journal, receiver.url)
  expect(await running.telemetry.exportRun(run)).toBe(5)
  await running.stop()
  expect(receiver.spans).toHaveLength(5)
  expect(receiver.findProblems()).toEqual([])
})

test.concurrent('the spans that a receiver throws away do not count as sent', async () => {
  await using receiver = await OtlpReceiver.start()
  const journal = journalOf(3)
  journal.saveCursor('telemetry', journal.lastSeq())
  receiver.mood = { kind: 'partial', rejected: 2 }
  await using running = new RunningTelemetry(journal, receiver.url)
  expect(await running.telemetry.exportRun(run)).toBe(3)
})

test.concurrent('a receiver that is away is an error that says how far it went', async () => {
  await using receiver = await OtlpReceiver.start()
  await receiver.die()
  await using running = new RunningTelemetry(journalOf(3), receiver.url)
  await expect(running.telemetry.exportRun(run)).rejects.toMatchObject({
    code: 'COLLECTOR_UNREACHABLE',
    message: expect.stringContaining('0 of 5 spans'),
  })
})

test.concurrent('an unknown run and tracing that is off are errors', async () => {
  await using on = new RunningTelemetry(new MemoryJournal(), 'http://127.0.0.1:9/v1/traces')
  await expect(on.telemetry.exportRun(run)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' })
  await using off = new RunningTelemetry(journalOf(3), null)
  await expect(off.telemetry.exportRun(run)).rejects.toMatchObject({ code: 'TRACING_OFF' })
})
