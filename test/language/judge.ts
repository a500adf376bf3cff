import { isDeepStrictEqual } from 'node:util'
import { isJsonObject, type Json } from '../../src/base/json.ts'
import type { Case, Expectation } from './case.ts'
import type { RunResponse, StepResponse } from '../../src/ports/response.ts'
import type { Event, Seen } from './drive.ts'

/** Everything in which a case came to something else than it says; empty when it holds. */
export function judge({ expect }: Case, seen: Seen): readonly string[] {
  const { response, events, exit } = seen
  const wanted = expect.invalid ?? expect.warnings ?? []
  const problems = [
    ...differs('exit code', exit, expect.exit),
    ...diagnosticProblems(wanted, seen.diagnostics),
    ...Object.entries(expect.files).flatMap(([path, text]) => differs(`file ${path}`, seen.files[path] ?? null, text)),
    ...differs('branches', seen.branches, expect.branches),
  ]
  if (expect.invalid !== null || expect.warnings !== null) {
    return response === null ? problems : [...problems, 'it was run']
  }
  if (response === null) return [...problems, 'it was not run']
  return [
    ...problems,
    ...seen.mistold,
    ...differs('run', standingOf(response, expect.run), expect.run),
    ...stepProblems(expect, response, events),
    ...expect.order.flatMap((pair) => orderProblems(pair, events)),
    ...(expect.sequence === null ? [] : differs('sequence', startsIn(events), expect.sequence)),
    ...(expect.atOnce === null ? [] : differs('at once', mostAtOnce(events), expect.atOnce)),
    ...(expect.outputs === null ? [] : differs('outputs', response.outputs, expect.outputs)),
    ...fits('response', response, expect.response),
    ...expect.events.flatMap((event) =>
      events.some((one) => fits('', one, event).length === 0) ? [] : [`no event ${JSON.stringify(event)}`],
    ),
    ...Object.entries(expect.logs).flatMap(([step, text]) => differs(`log of ${step}`, seen.logs[step], text)),
  ]
}

function diagnosticProblems(wanted: readonly string[], found: readonly string[]): readonly string[] {
  const missing = wanted.filter((one) => !found.some((line) => line === one || line.startsWith(`${one} `)))
  const extra = found.filter((line) => !wanted.some((one) => line === one || line.startsWith(`${one} `)))
  return [...missing.map((one) => `no diagnostic ${one}`), ...extra.map((line) => `diagnostic ${line}`)]
}

/** `failed/exit_nonzero`, with as many parts as the expectation has. */
function standingOf(response: RunResponse, expected: string): string {
  const { status, cause, waiting_for: who } = response
  return expected.includes('/') ? `${status}/${cause ?? who}` : status
}

/** `success`, `failure/exit_nonzero`, `skip/condition`; a step that is not over has its status. */
function endOf({ status, outcome, cause, skip_cause: skipCause }: StepResponse): string {
  if (outcome === null) return status
  const why = skipCause ?? cause
  return why === null ? outcome : `${outcome}/${why}`
}

function stepProblems(expect: Expectation, response: RunResponse, events: readonly Event[]): readonly string[] {
  // What orchd adds to a plan is told of where a case is about it.
  const steps = response.steps.filter(({ id, implicit }) => !implicit || id in expect.steps)
  const ends = Object.fromEntries(steps.map((step) => [step.id, endOf(step)]))
  const starts = startsIn(events)
  return [
    ...differs('steps', ends, expect.steps),
    ...steps.flatMap((step) => {
      const { id } = step
      const usual = isBody(step) && step.outcome !== 'skip' && step.cause !== 'expression_failed' ? 1 : 0
      const count = starts.filter((one) => one === id).length
      return [
        ...differs(`starts of ${id}`, count, expect.starts[id] ?? usual),
        ...(expect.gives[id] === undefined ? [] : differs(`outputs of ${id}`, step.outputs, expect.gives[id])),
        ...fits(id, step, expect.fields[id] ?? {}),
      ]
    }),
  ]
}

const isBody = ({ kind, contains }: StepResponse): boolean =>
  kind !== 'approval' && kind !== 'plan' && contains === null

/** The steps in the order in which their attempts start. */
const startsIn = (events: readonly Event[]): readonly string[] =>
  events.flatMap(({ type, step }) => (type === 'attempt_started' ? [step ?? ''] : []))

function orderProblems(pair: string, events: readonly Event[]): readonly string[] {
  const [first = '', second = ''] = pair.split(' < ')
  const ended = events.findIndex(({ type, step }) => type === 'step_finished' && step === first)
  const begun = events.findIndex(
    ({ type, step }) => ['attempt_started', 'gate_opened', 'step_opened'].includes(type) && step === second,
  )
  return ended >= 0 && begun >= 0 && ended < begun ? [] : [`"${first}" did not end before "${second}" began`]
}

function mostAtOnce(events: readonly Event[]): number {
  let [now, most] = [0, 0]
  for (const { type } of events) {
    if (type === 'attempt_started') most = Math.max(most, ++now)
    if (type === 'attempt_finished' || type === 'attempt_lost') now--
  }
  return most
}

function differs(what: string, found: unknown, wanted: unknown): readonly string[] {
  return isDeepStrictEqual(found, wanted) ? [] : [`${what}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`]
}

/** Whether a value has at least what is wanted of it: maps may have more keys. */
function fits(what: string, found: unknown, wanted: Json): readonly string[] {
  if (Array.isArray(wanted) && Array.isArray(found) && found.length === wanted.length) {
    return wanted.flatMap((one: Json, at) => fits(`${what}[${at}]`, found[at], one))
  }
  if (!isJsonObject(wanted)) return differs(what, found, wanted)
  if (!isJsonObject(found)) return [`${what}: ${JSON.stringify(found)} is no map`]
  return Object.entries(wanted).flatMap(([key, value]) => fits(`${what}.${key}`, found[key], value))
}
