// `npm run test:jaeger`: sends a run through the real collector, with otel-collector.yaml, to the real Jaeger, and
// compares what Jaeger's query API gives back. Ends with 0 when all is right, 1 when not, 3 when it could not be run.
import { spawn, type ChildProcess } from 'node:child_process'
import { isDeepStrictEqual } from 'node:util'
import { newRunId } from '../../src/base/ids.ts'
import { traceIdOf, traceLink } from '../../src/telemetry/ids.ts'
import type { SpanRecord } from '../../src/telemetry/span.ts'
import { appendRun } from '../support/journals.ts'
import { MemoryJournal } from '../support/memory-store.ts'
import { findProblems, spansIn, type ReceivedSpan } from '../support/otlp-spans.ts'
import { RunningTelemetry, spansOfAll } from '../support/telemetry.ts'
import { variedRun } from '../support/varied-run.ts'
import { buildPrograms, type Programs } from './build.ts'

const jaegerPage = 'http://127.0.0.1:16686'
const root = new URL('../..', import.meta.url).pathname

let programs: Programs
try {
  programs = buildPrograms()
} catch (error) {
  console.error(`not run: Jaeger and the collector could not be built: ${String(error)}`)
  process.exit(3)
}

const started: ChildProcess[] = []
try {
  start(programs.jaeger, [`--config=${new URL('jaeger.yaml', import.meta.url).pathname}`])
  start(programs.collector, [`--config=${root}otel-collector.yaml`])
  await answering('http://127.0.0.1:13133')
  await answering(`${jaegerPage}/api/v3/services`)
  await sendAndCompare()
} finally {
  for (const child of started) child.kill('SIGTERM')
}

async function sendAndCompare(): Promise<void> {
  const runId = newRunId(Date.now(), 7)
  const journal = new MemoryJournal()
  appendRun(journal, runId, variedRun(Date.now() - 31 * 86_400_000))
  const expected = spansOfAll(journal.eventsOf(runId))
  const twice = [1, 2]
  for (const _ of twice) {
    await using running = new RunningTelemetry(journal, 'http://127.0.0.1:4318/v1/traces')
    await running.stop()
    if (running.telemetry.stats.exported !== expected.length) throw new Error(JSON.stringify(running.telemetry.stats))
    journal.saveCursor('telemetry', 0) // the second time is what a crash would send again
  }
  const found = await traceWith(expected.length, traceIdOf(runId))
  const wrong = [...findProblems(found), ...differences(expected, found)]
  console.log(
    `sent ${expected.length} spans ${twice.length} times; Jaeger has ${found.length}: ${traceLink(runId, jaegerPage)}`,
  )
  for (const span of found)
    console.log(`  ${span.name.padEnd(16)} ${span.endAt - span.startAt} ms, ${span.links.length} links`)
  for (const problem of wrong) console.error(problem)
  process.exitCode = wrong.length === 0 ? 0 : 1
}

/** Asks until Jaeger has a trace of at least that many spans: the collector hands them on after a second or so. */
async function traceWith(count: number, traceId: string): Promise<ReceivedSpan[]> {
  for (let left = 100; ; left--) {
    const response = await fetch(`${jaegerPage}/api/v3/traces/${traceId}`)
    const found = response.ok ? spansIn(property(await response.json(), 'result')) : []
    if (found.length >= count || left === 0) return found
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function differences(expected: readonly SpanRecord[], found: readonly ReceivedSpan[]): string[] {
  const kinds = { internal: 1, server: 2 }
  const wrong =
    found.length === expected.length ? [] : [`${expected.length} spans were sent, ${found.length} are there`]
  for (const { kind, ...span } of expected) {
    const its = found.find((each) => each.spanId === span.spanId)
    if (its === undefined) wrong.push(`"${span.name}" is missing`)
    else {
      const { bytes: _, resource: __, droppedLinks: ___, ...there } = its
      if (!isDeepStrictEqual(there, { ...span, kind: kinds[kind] })) {
        wrong.push(`"${span.name}" differs:\n  sent  ${JSON.stringify(span)}\n  found ${JSON.stringify(there)}`)
      }
    }
  }
  return wrong
}

function start(program: string, args: readonly string[]): void {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const log: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => log.push(text))
  child.on('exit', (code) => {
    if (code === 0 || code === null) return
    console.error(`${program} ended with ${code}:\n${log.join('').slice(-3000)}`)
    process.exit(1)
  })
  started.push(child)
}

async function answering(url: string): Promise<void> {
  for (let left = 150; left > 0; left--) {
    const response = await fetch(url).catch(() => null)
    if (response?.ok === true) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`${url} did not answer within 30 s`)
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
