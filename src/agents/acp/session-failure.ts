import type { Cause } from '../../base/cause.ts'
import { isJsonObject, type JsonObject } from '../../base/json.ts'
import { causeOf } from '../cli/cause.ts'
import { objectAt, textAt } from '../cli/json-line.ts'

export type SessionFailure = {
  /** Whether it goes on: it tries again. */
  readonly isWarning: boolean
  readonly cause: Cause
  readonly text: string
}

/** The failure that an update or an answer tells of; `null`: none. */
export function sessionFailureIn({ _meta: meta }: { readonly _meta?: unknown }): SessionFailure | null {
  if (!isJsonObject(meta)) return null
  const failure = objectAt(objectAt(objectAt(meta, 'jetbrains'), 'air'), 'sessionFailure')
  const title = textAt(failure, 'title')
  if (title === null) return null
  const details = textAt(failure, 'details')
  const text = details === null || title.includes(details) ? title : `${title}: ${details}`
  return { isWarning: failure['severity'] !== 'error', cause: causeIn(failure, text), text }
}

function causeIn(failure: JsonObject, text: string): Cause {
  const cause = causeOf(null, text)
  if (cause !== 'agent_error') return cause
  const category = textAt(failure, 'category')
  return category === 'access' ? 'auth' : category === 'connection' ? 'transient' : 'agent_error'
}
