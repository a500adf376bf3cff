import { afterEach, expect, test, vi } from 'vitest'
import type { RunEvent } from '../../src/run/event.ts'
import { MemoryJournal } from '../support/memory-store.ts'
import { appendRun } from '../support/journals.ts'
import { OtlpReceiver } from '../support/otlp-receiver.ts'
import { plan, step } from '../support/plans.ts'
import { failure, KernelRun, someRun } from '../support/runs.ts'
import { RunningTelemetry, spansOfAll } from '../support/telemetry.ts'
import { variedRun } from '../support/varied-run.ts'
import { numberedRun, wideRun } from '../support/wide-run.ts'

afterEach(() => void vi.unstubAllEnvs())

function journalWith(events: readonly RunEvent[]): MemoryJournal {
  const journal = new MemoryJournal()
  appendRun(journal, someRun, events)
  return journal
}

test.concurrent('all spans of a run arrive as they were projected', async () => {
  await using receiver = await OtlpReceiver.start()
  const journal = journalWith(variedRun())
  const expected = spansOfAll(journal.eventsOf(someRun))
  await using running = new RunningTelemetry(journal, receiver.url)
  await receiver.until(() => receiver.spans.length >= expected.length)
  await running.stop()

  expect(receiver.findProblems()).toEqual([])
  const kinds = { internal: 1, server: 2 } // https://github.com/open-telemetry/opentelemetry-proto, Span.SpanKind
  expect(receiver.spans).toMatchObject(expected.map((span) => ({ ...span, kind: kinds[span.kind] })))
  expect(running.telemetry.stats).toMatchObject({ exported: expected.length, failures: 0, lag: 0 })
})

test.concurrent('what a later holder sends again is equal byte by byte', async () => {
  await using receiver = await OtlpReceiver.start()
  const journal = journalWith(variedRun())
  const count = spansOfAll(journal.eventsOf(someRun)).length
  for (const round of [1, 2, 3]) {
    await using running = new RunningTelemetry(journal, receiver.url)
    await receiver.until(() => receiver.spans.length >= count * round)
    await running.stop()
    journal.saveCursor('telemetry', 0) // as after a crash in which the cursor was lost
  }
  expect(receiver.distinct()).toHaveLength(count)
})

test.concurrent('a run that is taken up in the middle of its life keeps its parents, links and times', async () => {
  await using receiver = await OtlpReceiver.start()
  const events = variedRun()
  for (let cut = 1; cut < events.length; cut += 5) {
    const journal = new MemoryJournal()
    const id = numberedRun(cut)
    appendRun(journal, id, events.slice(0, cut))
    const first = spansOfAll(journal.eventsOf(id)).length
    const before = receiver.spans.length
    {
      await using _ = new RunningTelemetry(journal, receiver.url)
      await receiver.until(() => receiver.spans.length === before + first)
    }
    appendRun(journal, id, events.slice(cut))
    await using _ = new RunningTelemetry(journal, receiver.url)
    await receiver.until(() => receiver.spans.length === before + spansOfAll(journal.eventsOf(id)).length)
  }
  expect(receiver.findProblems()).toEqual([])
  expect(receiver.distinct()).toHaveLength(receiver.spans.length)
})

test.concurrent('what is committed while it runs is sent when the bell rings', async () => {
  await using receiver = await OtlpReceiver.start()
  const journal = new MemoryJournal()
  await using running = new RunningTelemetry(journal, receiver.url)
  for (const number of [1, 2, 3]) {
    appendRun(journal, numberedRun(number), wideRun(10))
    running.telemetry.wake()
    await receiver.until(() => receiver.spans.length === number * 12)
  }
  expect(receiver.findProblems()).toEqual([])
})

test.concurrent('10,000 spans in one burst arrive 10,000 of 10,000, in portions', async () => {
  await using receiver = await OtlpReceiver.start()
  const journal = new MemoryJournal()
  appendRun(journal, someRun, wideRun(9998))
  await using _ = new RunningTelemetry(journal, receiver.url)
  await receiver.until(() => receiver.spans.length >= 10_000)
  expect(receiver.findProblems()).toEqual([])
  expect(receiver.distinct()).toHaveLength(10_000)
  expect(Math.max(...receiver.batches)).toBeLessThanOrEqual(512)
})

test.concurrent('no more than 128 links are kept, and the rest is counted', async () => {
  await using receiver = await OtlpReceiver.start()
  const many = Array.from({ length: 150 }, (_, index) => `s${index}`)
  const run = new KernelRun(plan([...many.map((id) => step(id)), step('join', many)]))
  for (const id of many) run.run(id)
  run.run('join')
  await using _ = new RunningTelemetry(journalWith(run.events), receiver.url)
  await receiver.until(() => receiver.spans.length === 153)
  const join = receiver.spans.find((span) => span.name === 'step join')
  expect(join).toMatchObject({ droppedLinks: 22 })
  expect(join?.links).toHaveLength(128)
})

test('the standard variables name the service, its attributes and the headers', async () => {
  vi.stubEnv('OTEL_SERVICE_NAME', 'builds')
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=test,team=a%20b')
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-tenant=seven')
  await using receiver = await OtlpReceiver.start()
  const headers = { authorization: 'Bearer abc' }
  const journal = journalWith(variedRun())
  await using _ = new RunningTelemetry(journal, receiver.url, { headers, instanceId: 'state-1' })
  await receiver.until(() => receiver.spans.length > 0)
  expect(receiver.requests[0]?.headers).toMatchObject({ authorization: 'Bearer abc', 'x-tenant': 'seven' })
  expect(receiver.spans[0]?.resource).toEqual({
    'service.name': 'builds',
    'service.version': '0.0.0-test',
    'service.instance.id': 'state-1',
    'deployment.environment.name': 'test',
    team: 'a b',
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': 'opentelemetry',
    'telemetry.sdk.version': expect.any(String),
  })
})

test.concurrent('every text goes through the redactor', async () => {
  await using receiver = await OtlpReceiver.start()
  const run = new KernelRun(plan([step('a')], { name: 'hunter2' })).run('a', { ...failure, message: 'bad hunter2' })
  await using _ = new RunningTelemetry(journalWith(run.events), receiver.url, {
    redact: (text) => text.replaceAll('hunter2', '***'),
  })
  await receiver.until(() => receiver.spans.length === 3)
  expect(receiver.spans.map((span) => span.bytes).join('\n')).not.toContain('hunter2')
})
