import OpenAI from 'openai'
import type { JsonObject } from '../../base/json.ts'
import { objectsAt, textAt, wordAt } from '../cli/json-line.ts'
import type { Drive } from '../driver/drive.ts'
import type { Finished, TokenUsage } from '../events.ts'
import { type Call, callsIn } from './calls.ts'
import { Conversation } from './conversation.ts'
import { type Failure, failed } from './failure.ts'
import { perform } from './perform.ts'
import { requestOf, said } from './request.ts'
import { type Reply, respond } from './respond.ts'
import { keyVariable, type OpenAiTask } from './task.ts'
import type { Surroundings } from './tools/run.ts'
import { sumOf, usageIn } from './usage.ts'

/**
 * Has the model work until it calls for nothing more: each response, then what it asks for, then what came of that.
 *
 * @returns `null` when it was asked to end
 */
export async function workOn(task: OpenAiTask, around: Surroundings, drive: Drive): Promise<Finished | null> {
  const { tell, cancelled } = drive
  const client = clientOf(task)
  const request = requestOf(task)
  let usage: TokenUsage | null = null
  const spend = (told: JsonObject | null): void => {
    if (told === null) return
    usage = usage === null ? usageIn(told) : sumOf(usage, usageIn(told))
    tell({ type: 'usage', usage, costUsd: null })
  }
  let conversation = await begun(task, client, cancelled)
  let mayBeLost = task.session !== null
  for (let turn = 1; turn <= task.maxTurns;) {
    const body = { ...request, ...conversation.request() }
    const reply = await respond(client, body, task, drive, spend)
    if (cancelled.aborted) return null
    if (!reply.ok) {
      if (mayBeLost && conversation.isNew && isRefused(reply.error)) {
        tell({ type: 'noise', text: `its session is not to be found any more, it begins anew: ${reply.error.text}` })
        mayBeLost = false
        conversation = new Conversation(null, [said(task.session?.promptAfresh ?? task.prompt)], task.store)
        continue
      }
      // Some services keep nothing, whatever they are asked.
      if (isAboutPrevious(reply.error) && conversation.tellAll()) continue
      return failed(reply.error.cause, reply.error.text, reply.error.retryAfterMs)
    }
    const { id, output, incomplete } = reply.value
    if (task.store && id !== '') tell({ type: 'started', session: id })
    const texts = textsIn(output)
    for (const text of texts) tell({ type: 'text', text })
    if (incomplete !== null) return failed('agent_error', `its answer is not whole: ${incomplete}`)
    const calls = callsIn(output)
    if (calls.length === 0) return endOf(reply.value, texts.at(-1) ?? null)
    const answers = await answersTo(calls, { task, around, drive })
    if (cancelled.aborted) return null
    conversation.add(id, output, answers)
    turn += 1
  }
  return failed('agent_error', `it was not done after ${task.maxTurns} turns (max_turns)`)
}

/** A key is asked for by the package even where the service wants none. */
function clientOf({ baseUrl, traceparent }: OpenAiTask): OpenAI {
  return new OpenAI({
    apiKey: process.env[keyVariable] ?? 'none',
    ...(baseUrl === null ? {} : { baseURL: baseUrl }),
    ...(traceparent === null ? {} : { defaultHeaders: { traceparent } }),
  })
}

const interrupted = 'it was interrupted, and nobody knows how far it came: look before you do it again'

/** The last attempt may have ended in the middle: then calls of its last response still wait for an answer. */
async function begun(task: OpenAiTask, client: OpenAI, cancelled: AbortSignal): Promise<Conversation> {
  const { session, prompt, store, idleTimeoutMs } = task
  if (session === null) return new Conversation(null, [said(prompt)], store)
  const open = await openCalls(
    session.responseId,
    client,
    AbortSignal.any([cancelled, AbortSignal.timeout(idleTimeoutMs)]),
  )
  const answers = open.map((call) => call.answer({ tool: null, why: interrupted }))
  return new Conversation(session.responseId, [...answers, said(prompt)], store)
}

async function openCalls(id: string, client: OpenAI, signal: AbortSignal): Promise<readonly Call[]> {
  try {
    const response: unknown = await client.responses.retrieve(id, {}, { signal, maxRetries: 0 })
    return callsIn(objectsAt(response as JsonObject, 'output'))
  } catch {
    return [] // going on in it will tell what is wrong
  }
}

async function answersTo(calls: readonly Call[], work: Parameters<typeof perform>[1]): Promise<JsonObject[]> {
  const answers = []
  for (const call of calls) answers.push(call.answer(await perform(call, work)))
  return answers
}

const isRefused = ({ status }: Failure): boolean => status === 400 || status === 404

const isAboutPrevious = (failure: Failure): boolean => isRefused(failure) && /previous.?response/i.test(failure.text)

function endOf({ output }: Reply, text: string | null): Finished {
  const refusal = output
    .flatMap((item) => objectsAt(item, 'content'))
    .map((part) => textAt(part, 'refusal'))
    .find((found) => found !== null)
  if (refusal !== undefined) return failed('agent_error', `its model refused: ${refusal}`)
  return { type: 'finished', outcome: 'success', cause: null, text, answer: null }
}

function textsIn(output: readonly JsonObject[]): readonly string[] {
  return output
    .filter((item) => wordAt(item, 'type') === 'message')
    .map((item) =>
      objectsAt(item, 'content')
        .map((part) => wordAt(part, 'text'))
        .join(''),
    )
    .filter((text) => text !== '')
}
