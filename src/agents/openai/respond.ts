import { setTimeout as sleep } from 'node:timers/promises'
import type OpenAI from 'openai'
import type { ResponseCreateParamsStreaming } from 'openai/resources/responses/responses'
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { objectAt, objectsAt, wordAt } from '../cli/json-line.ts'
import type { Drive } from '../driver/drive.ts'
import { brokenOff, type Failure, failedResponse, failureOf } from './failure.ts'

/** A response that has come to its end, well or half. */
export type Reply = {
  readonly id: string
  readonly output: readonly JsonObject[]
  /** Why it is not whole, in the service's word; `null`: it is. */
  readonly incomplete: string | null
}

export type Patience = { readonly maxRetries: number; readonly idleTimeoutMs: number }

/** A service that asks for a longer wait is better left to whoever chooses another agent. */
const longestWaitMs = 60_000
const firstWaitMs = 500
const longestOwnWaitMs = 16_000

/**
 * One response, whole. Asks again where that may help, and tells so; what a try used before it failed is told to
 * `spend`.
 */
export async function respond(
  client: OpenAI,
  body: JsonObject,
  { maxRetries, idleTimeoutMs }: Patience,
  { tell, alive, cancelled }: Drive,
  spend: (usage: JsonObject | null) => void,
): Promise<Result<Reply, Failure>> {
  for (let tries = 1; ; tries += 1) {
    const reply = await once(client, body, idleTimeoutMs, alive, cancelled, spend)
    if (reply.ok || cancelled.aborted) return reply
    const { mayRetry, retryAfterMs, text } = reply.error
    const waitMs = retryAfterMs ?? Math.min(firstWaitMs * 2 ** (tries - 1), longestOwnWaitMs)
    if (!mayRetry || tries > maxRetries || waitMs > longestWaitMs) return reply
    tell({ type: 'retry', message: `${text}; again in ${seconds(waitMs)} s (try ${tries + 1} of ${maxRetries + 1})` })
    await sleep(waitMs, null, { signal: cancelled }).catch(() => null)
    if (cancelled.aborted) return reply
  }
}

const seconds = (ms: number): string => String(Math.round(ms / 100) / 10)

async function once(
  client: OpenAI,
  body: JsonObject,
  idleTimeoutMs: number,
  alive: () => void,
  cancelled: AbortSignal,
  spend: (usage: JsonObject | null) => void,
): Promise<Result<Reply, Failure>> {
  const idle = new AbortController()
  const timer = setTimeout(() => idle.abort(), idleTimeoutMs)
  const items: JsonObject[] = []
  const silent = `the service said nothing for ${seconds(idleTimeoutMs)} s`
  try {
    // The shape is that of the API, but this side is as free as the services that speak it.
    const stream = await client.responses.create(
      { ...body, stream: true } as unknown as ResponseCreateParamsStreaming,
      { signal: AbortSignal.any([cancelled, idle.signal]), timeout: idleTimeoutMs, maxRetries: 0 },
    )
    for await (const event of stream) {
      timer.refresh()
      alive()
      const given = event as unknown as JsonObject
      const type = wordAt(given, 'type')
      if (type === 'response.output_item.done') items.push(objectAt(given, 'item'))
      if (!ends.has(type)) continue
      const response = objectAt(given, 'response')
      const usage: Json | undefined = response['usage']
      spend(isJsonObject(usage) ? usage : null)
      if (type === 'response.failed') return err(failedResponse(response))
      return ok(replyOf(response, items))
    }
    // The package ends the stream without a word when it is aborted.
    return err(brokenOff(idle.signal.aborted ? silent : 'the stream ended before the response did'))
  } catch (error) {
    return err(idle.signal.aborted ? brokenOff(silent) : failureOf(error))
  } finally {
    clearTimeout(timer)
  }
}

const ends: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete', 'response.failed'])

function replyOf(response: JsonObject, items: readonly JsonObject[]): Reply {
  const output = objectsAt(response, 'output')
  const isWhole = wordAt(response, 'status') !== 'incomplete'
  return {
    id: wordAt(response, 'id'),
    // Some services leave out at the end what they have told before.
    output: output.length > 0 ? output : items,
    incomplete: isWhole ? null : wordAt(objectAt(response, 'incomplete_details'), 'reason') || 'no reason told',
  }
}
