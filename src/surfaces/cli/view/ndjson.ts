import type { RunFact } from '../../../ports/client.ts'
import type { RunResponse } from '../../../ports/response.ts'
import { toWire } from '../../http/wire.ts'

/** A line of `run --json`: what the HTTP stream tells, too. */
export const factLine = (fact: RunFact): string => `${JSON.stringify(toWire(fact, fact.run_id))}\n`

/** The last line of `run --json`. */
export const responseLine = (response: RunResponse): string => `${JSON.stringify({ type: 'response', ...response })}\n`
