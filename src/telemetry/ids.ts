import { hash } from 'node:crypto'
import type { RunId, StepId } from '../base/ids.ts'

/**
 * Trace and span ids are hashes of what they stand for. So a span that is sent twice is the same span, a link can name
 * a span that another process sent, and a child gets its parent before the parent is sent.
 */
export const traceIdOf = (run: RunId): string => hash('sha256', `orchd:${run}`, 'hex').slice(0, 32)

/** The span of the whole run, the parent of all others; each time that it is retried has one of its own. */
export const runSpanId = (run: RunId, retries = 0): string => spanId(retries === 0 ? run : `${run}//retry/${retries}`)

/** The mark that a run has begun, sent long before its span can be. */
export const runMarkerId = (run: RunId, retries = 0): string =>
  spanId(retries === 0 ? `${run}//started` : `${run}//started/${retries}`)

/** A matrix, `for_each` or sub-plan from its `opening`th opening on: the parent of the spans of the steps in it. */
export const openSpanId = (run: RunId, step: StepId, opening: number): string =>
  spanId(`${run}/${step}/${opening}/open`)

/** `attempt` 0 stands for a step that failed before its first attempt. */
export const attemptSpanId = (run: RunId, step: StepId, attempt: number): string => spanId(`${run}/${step}/${attempt}`)

/** The `number`th call of a tool in an attempt, from 0. */
export const toolSpanId = (run: RunId, step: StepId, attempt: number, number: number): string =>
  spanId(`${run}/${step}/${attempt}/tool/${number}`)

/** The wait for a slot before an attempt. */
export const queueSpanId = (run: RunId, step: StepId, attempt: number): string =>
  spanId(`${run}/${step}/${attempt}/queue`)

/** A gate, which a rewind may open again. */
export const gateSpanId = (run: RunId, step: StepId, opening: number): string =>
  spanId(`${run}/${step}/${opening}/gate`)

/** The mark that a gate was opened, sent at once: the gate's own span may be days away. */
export const gateMarkerId = (run: RunId, step: StepId, opening: number): string =>
  spanId(`${run}/${step}/${opening}/gate_opened`)

/**
 * TRACEPARENT for the processes of an attempt: their spans become children of the attempt's.
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function traceparentOf(run: RunId, step: StepId, attempt: number): string {
  return `00-${traceIdOf(run)}-${attemptSpanId(run, step, attempt)}-01`
}

/** Where Jaeger's page shows a run; `jaegerUrl` is the address of the page, with or without a slash at its end. */
export function traceLink(run: RunId, jaegerUrl: string): string {
  return `${jaegerUrl.replace(/\/+$/, '')}/trace/${traceIdOf(run)}`
}

const spanId = (name: string): string => hash('sha256', name, 'hex').slice(0, 16)

/** The same; `null` where no page is configured. */
export const traceUrlOf = (jaegerUrl: string | null, run: RunId): string | null =>
  jaegerUrl === null ? null : traceLink(run, jaegerUrl)
