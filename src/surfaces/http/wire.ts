import { isJsonObject, type JsonObject } from '../../base/json.ts'
import type { RunFact } from '../../ports/client.ts'
import type { Fact } from '../../run/facts.ts'

/** Our own commands hand over a plan that they have checked already. Only the same version of orchd may. */
export const submissionType = 'application/vnd.orchd.submission+json'
export const versionHeader = 'orchd-version'

/** Points in time: RFC 3339 on the wire, milliseconds inside. */
const times: ReadonlySet<string> = new Set(['at', 'until'])
/** Under these keys stands what people and steps named: not ours to rename. */
const foreign: ReadonlySet<string> = new Set(['inputs', 'outputs', 'env', 'with'])
/** Keys of facts that have an underscore inside, too. */
const alike: ReadonlySet<string> = new Set(['run_id', 'skip_cause'])

/** A fact as streams carry it, `{seq, at, run_id, type, …}`: keys in snake_case, times in RFC 3339. */
export function toWire(fact: Fact, runId: string): JsonObject {
  const { seq, at, type, ...rest } = fact
  const wire = renamed({ seq, at, run_id: runId, type, ...rest }, snakeCase, (time) =>
    typeof time === 'number' ? new Date(time).toISOString() : time,
  )
  return wire as JsonObject // facts are plain JSON: events of the journal, and words
}

/** @throws SyntaxError when the text is no fact */
export function fromWire(text: string): RunFact {
  const wire: unknown = JSON.parse(text)
  if (!isJsonObject(wire) || typeof wire['type'] !== 'string') throw new SyntaxError('this is no fact')
  const fact = renamed(wire, camelCase, (time) => (typeof time === 'string' ? Date.parse(time) : time))
  return fact as RunFact // a holder of our version wrote it with `toWire`: others refuse us
}

function renamed(
  object: { readonly [key: string]: unknown },
  rename: (key: string) => string,
  time: (value: unknown) => unknown,
): { readonly [key: string]: unknown } {
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(object)) {
    const value = object[key]
    const inner = isJsonObject(value) && !foreign.has(key) ? renamed(value, rename, time) : value
    copy[rename(key)] = times.has(key) ? time(value) : inner
  }
  return copy
}

/** Facts have a few dozen keys, and streams many thousand facts. */
function remembered(rename: (key: string) => string): (key: string) => string {
  const known = new Map<string, string>()
  return (key) => {
    const found = known.get(key) ?? rename(key)
    if (known.size < 1000) known.set(key, found)
    return found
  }
}

const snakeCase = remembered((key) => key.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`))
const camelCase = remembered((key) =>
  alike.has(key) ? key : key.replaceAll(/_([a-z])/gu, (_, letter: string) => letter.toUpperCase()),
)
