import { expect, test } from 'vitest'
import { MemoryJournal } from '../support/memory-store.ts'
import { appendRun } from '../support/journals.ts'
import { OtlpReceiver } from '../support/otlp-receiver.ts'
import { RunningTelemetry } from '../support/telemetry.ts'
import { numberedRun, wideRun } from '../support/wide-run.ts'

/** A holder with tracing off that lives while `work` is done. */
async function untraced(journal: MemoryJournal, work: () => void): Promise<void> {
  await using _ = new RunningTelemetry(journal, null)
  work()
}

/** The runs of which spans arrive when a holder with tracing on does `work` and drains. */
async function arrivingRuns(journal: MemoryJournal, work: () => void = () => {}): Promise<unknown[]> {
  await using receiver = await OtlpReceiver.start()
  const running = new RunningTelemetry(journal, receiver.url)
  work()
  await running.stop()
  return [...new Set(receiver.spans.map((span) => span.attributes['cicd.pipeline.run.id']))]
}

/** A holder with tracing on whose receiver is dead. */
async function tracedInVain(journal: MemoryJournal): Promise<void> {
  const receiver = await OtlpReceiver.start()
  await receiver.die()
  await new RunningTelemetry(journal, receiver.url).stop()
}

const [first, second, third] = [1, 2, 3].map(numberedRun)

test.concurrent('runs that were submitted with tracing off are not sent once it is on', async () => {
  const journal = new MemoryJournal()
  await untraced(journal, () => appendRun(journal, numberedRun(1), wideRun(3)))
  expect(await arrivingRuns(journal)).toEqual([])
  expect(await arrivingRuns(journal, () => appendRun(journal, numberedRun(2), wideRun(3)))).toEqual([second])
})

test.concurrent('runs whose receiver was away are sent, though tracing was off meanwhile', async () => {
  const journal = new MemoryJournal()
  appendRun(journal, numberedRun(1), wideRun(3))
  await tracedInVain(journal)
  await untraced(journal, () => appendRun(journal, numberedRun(2), wideRun(3)))
  await untraced(journal, () => {})
  const arriving = await arrivingRuns(journal, () => appendRun(journal, numberedRun(3), wideRun(3)))
  expect(arriving).toEqual([first, third])
})

test.concurrent('a run that was submitted with tracing on is sent as a whole, whoever ends it', async () => {
  await using receiver = await OtlpReceiver.start()
  const journal = new MemoryJournal()
  const events = wideRun(4)
  appendRun(journal, numberedRun(1), events.slice(0, 3))
  await new RunningTelemetry(journal, receiver.url).stop()
  await untraced(journal, () => appendRun(journal, numberedRun(1), events.slice(3)))
  await new RunningTelemetry(journal, receiver.url).stop()
  expect(receiver.distinct()).toHaveLength(6)
  expect(receiver.findProblems()).toEqual([])
})

test.concurrent('a run that was submitted with tracing off is not sent in part', async () => {
  const journal = new MemoryJournal()
  const events = wideRun(4)
  await untraced(journal, () => appendRun(journal, numberedRun(1), events.slice(0, 3)))
  expect(await arrivingRuns(journal, () => appendRun(journal, numberedRun(1), events.slice(3)))).toEqual([])
})
