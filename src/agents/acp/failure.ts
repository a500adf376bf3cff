import type { RequestError, StopReason } from '@agentclientprotocol/sdk'
import { isJsonObject } from '../../base/json.ts'
import { causeOf } from '../cli/cause.ts'
import { numberAt, textAt } from '../cli/json-line.ts'
import { failed } from '../driver/failure.ts'
import type { Finished } from '../events.ts'
import type { SessionFailure } from './session-failure.ts'

/** JSON-RPC's code for "authentication required", of ACP. */
const authRequired = -32000

/** What an error that the agent answers with comes to, by its code, a status of HTTP in it, or its words. */
export function failureOf(error: RequestError): Finished {
  const data = isJsonObject(error.data) ? error.data : {}
  const told =
    textAt(data, 'details') ?? textAt(data, 'message') ?? (typeof error.data === 'string' ? error.data : null)
  const text = told === null || error.message.includes(told) ? error.message : `${error.message}: ${told}`
  const status = numberAt(data, 'status') ?? numberAt(data, 'statusCode') ?? numberAt(data, 'httpStatusCode')
  return failed(error.code === authRequired ? 'auth' : causeOf(status, text), text)
}

/** It told of a failure, and ended its turn. */
export const failedBy = ({ cause, text }: SessionFailure): Finished => failed(cause, text)

/** @param denied whether it was refused something: some agents end their turn then */
export function endOf(reason: StopReason, denied: boolean): Finished {
  switch (reason) {
    case 'end_turn':
      return { type: 'finished', outcome: 'success', cause: null, text: null, answer: null }
    case 'max_tokens':
      return failed('agent_error', 'its answer reached the most tokens that it may have')
    case 'max_turn_requests':
      return failed('agent_error', 'it reached the most turns that it may take')
    case 'refusal':
      return failed('agent_error', 'its model refused to go on')
    case 'cancelled':
      return denied
        ? failed('permission_denied', 'it was refused something, and ended its work')
        : { ...failed(null, 'it was interrupted'), outcome: 'interrupted' }
  }
}
