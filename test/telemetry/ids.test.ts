import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { runId, stepId } from '../../src/base/ids.ts'
import {
  attemptSpanId,
  gateMarkerId,
  gateSpanId,
  openSpanId,
  queueSpanId,
  runMarkerId,
  runSpanId,
  traceIdOf,
  traceLink,
  traceparentOf,
} from '../../src/telemetry/ids.ts'

const run = runId('r0123456789abcd')
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

test('ids are the documented hashes, so that other programs can compute them', () => {
  expect(traceIdOf(run)).toBe(sha256('orchd:r0123456789abcd').slice(0, 32))
  expect(attemptSpanId(run, stepId('build'), 2)).toBe(sha256('r0123456789abcd/build/2').slice(0, 16))
})

test('everything of a run has a span id of its own', () => {
  const steps = ['a', 'b', 'a/b', 'queue', 'gate'].map(stepId)
  const ids = [0, 1, 2].flatMap((retries) => [runSpanId(run, retries), runMarkerId(run, retries)])
  for (const step of steps) {
    for (const opening of [1, 2]) {
      ids.push(gateSpanId(run, step, opening), gateMarkerId(run, step, opening), openSpanId(run, step, opening))
    }
    for (const attempt of [0, 1, 2, 10]) ids.push(attemptSpanId(run, step, attempt), queueSpanId(run, step, attempt))
  }
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/)
})

test('TRACEPARENT names the attempt as the parent, sampled', () => {
  expect(traceparentOf(run, stepId('build'), 1)).toBe(
    `00-${traceIdOf(run)}-${attemptSpanId(run, stepId('build'), 1)}-01`,
  )
})

test.each(['http://localhost:16686', 'http://localhost:16686/', 'http://localhost:16686//'])(
  'a link to Jaeger at %s has one slash',
  (jaeger) => {
    expect(traceLink(run, jaeger)).toBe(`http://localhost:16686/trace/${traceIdOf(run)}`)
  },
)
