import { createRedactor, type Redactor } from '../base/redact.ts'
import type { Attempt } from '../ports/agent.ts'

/**
 * The redactor for an attempt: of all secrets, and of those that the attempt has. Kept, because most attempts of a run
 * name the same ones, and preparing the search costs more than many a log.
 */
export function cachedRedactor(secretValues: readonly string[]): (attempt: Attempt) => Redactor {
  const most = 32
  const known = new Map<string, Redactor>()
  return ({ secrets, secretValues: more }) => {
    const values = [...Object.values(secrets), ...more]
    const key = JSON.stringify(values)
    const redactor = known.get(key) ?? createRedactor([...secretValues, ...values])
    if (known.size >= most) known.clear()
    known.set(key, redactor)
    return redactor
  }
}
