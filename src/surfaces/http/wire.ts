import type { JsonObject } from '../../base/json.ts'
import type { RunFact } from '../../ports/client.ts'
import type { Fact } from '../../run/facts.ts'

/** Our own commands hand over a plan that they have checked already. Only the same version of orchd may. */
export const submissionType = 'application/vnd.orchd.submission+json'
export const versionHeader = 'orchd-version'

/** Fields of facts that are points in time: RFC 3339 on the wire, milliseconds inside. */
const times = ['at', 'until'] as const

/** A fact as streams carry it: `{seq, at, run_id, type, …}`. */
export function toWire(fact: Fact, runId: string): JsonObject {
  const wire: Record<string, unknown> = { ...fact, run_id: runId }
  for (const name of times) if (typeof wire[name] === 'number') wire[name] = new Date(wire[name]).toISOString()
  return wire as JsonObject // facts are plain JSON: events of the journal, and words
}

export function fromWire(wire: JsonObject): RunFact {
  const fact: Record<string, unknown> = { ...wire }
  for (const name of times) if (typeof fact[name] === 'string') fact[name] = Date.parse(fact[name])
  return fact as RunFact // the holder has our version, as `info` has checked, and wrote it with `toWire`
}
