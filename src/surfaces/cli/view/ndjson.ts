import type { RunFact } from '../../../ports/client.ts'
import type { RunResponse } from '../../../ports/response.ts'

/** Keys under which a person's or a step's own data stands: their keys are not ours to rename. */
const foreign = new Set(['inputs', 'outputs', 'env', 'with'])
const instants = new Set(['at', 'until'])

/** A line of `run --json`: `seq`, `at`, `run_id` and `type` first, snake_case keys, times in RFC 3339. */
export function factLine(fact: RunFact): string {
  const { seq, at, run_id, type, ...rest } = fact
  return `${JSON.stringify({ seq, at: timeOf(at), run_id, type, ...outward(rest) })}\n`
}

/** The last line of `run --json`. */
export const responseLine = (response: RunResponse): string => `${JSON.stringify({ type: 'response', ...response })}\n`

function outward(object: object): { readonly [key: string]: unknown } {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]: [string, unknown]) => [
      snakeCase(key),
      foreign.has(key) ? value : instants.has(key) ? timeOf(value) : isRecord(value) ? outward(value) : value,
    ]),
  )
}

const isRecord = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const timeOf = (at: unknown): unknown => (typeof at === 'number' ? new Date(at).toISOString() : at)
const snakeCase = (key: string): string => key.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`)
