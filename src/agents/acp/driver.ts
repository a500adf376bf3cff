/**
 * The driver of agents that speak the Agent Client Protocol: `driver.ts COMMAND ARGUMENTS...`, with the task on standard
 * input (`../driver/drive.ts`).
 *
 * @see https://agentclientprotocol.com
 */
import { client, type ClientCapabilities, methods, PROTOCOL_VERSION, RequestError } from '@agentclientprotocol/sdk'
import { startChild } from '../driver/child.ts'
import { drive } from '../driver/drive.ts'
import { crashOf, failed, tooSlow } from '../driver/failure.ts'
import { unlessAborted, within } from '../driver/within.ts'
import type { Finished } from '../events.ts'
import { endOf, failedBy, failureOf } from './failure.ts'
import { decide } from './permission.ts'
import { sessionFailureIn } from './session-failure.ts'
import { openSession, UnknownSetting } from './session.ts'
import { messagesOver } from './stream.ts'
import type { AcpTask } from './task.ts'
import { Updates } from './updates.ts'
import { usageIn } from './usage.ts'

/**
 * It offers no services, and wants to be told what the adapters of Claude and Codex tell only those that ask: failures apart
 * from messages (else Codex's ends its turn as if all were well, with the error as its last message), and what commands print.
 */
const clientCapabilities: ClientCapabilities = {
  fs: { readTextFile: false, writeTextFile: false },
  terminal: false,
  _meta: { terminal_output: true, jetbrains: { air: { version: 1, capabilities: ['sessionFailure'] } } },
}

/** Agents that tell of the last request to their model only, which is too little: unknown is better. */
const tellOfLastStep: ReadonlySet<string> = new Set(['OpenCode'])

/** After a cancel by protocol the agent has this long to say that it has stopped. */
const cancelMs = 3000
/** An agent that can close its session has this long for it. */
const closeMs = 1000
/** An agent that has closed its output has this long to end, so that its end can be told. */
const closedMs = 1000

await drive(async (given, { tell, alive, cancelled }) => {
  const task = given as AcpTask // `protocol.ts` wrote it
  const child = startChild(process.argv.slice(2))
  cancelled.addEventListener('abort', () => child.hush(), { once: true })
  const updates = new Updates(tell)
  let denied = false
  // What a session repeats of what was before is not of this attempt.
  let isWorking = false
  let tellsTokens = true
  const toClose: string[] = []
  const connection = client({ name: 'orchd' })
    .onNotification(methods.client.session.update, ({ params }) => {
      if (isWorking) updates.take(params.update)
      alive()
    })
    .onRequest(methods.client.session.requestPermission, ({ params }) => {
      const { response, events } = decide(params, task.permissions, task.folder)
      denied ||= events.length > 0
      for (const event of events) tell(event)
      return response
    })
    // Whatever else an agent asks for was not offered to it.
    .onRequest('*', ({ method }) => {
      throw RequestError.methodNotFound(method)
    })
    .onNotification('*', () => {})
    .connect(messagesOver(child))
  const { agent } = connection

  const opened = async (): Promise<string> => {
    const { agentCapabilities, agentInfo } = await agent.request(methods.agent.initialize, {
      protocolVersion: PROTOCOL_VERSION,
      clientInfo: { name: 'orchd', version: '0' },
      clientCapabilities,
    })
    tellsTokens = !tellOfLastStep.has(agentInfo?.name ?? '')
    const sessionId = await openSession(agent, task, agentCapabilities)
    if (agentCapabilities?.sessionCapabilities?.close) toClose.push(sessionId)
    return sessionId
  }
  const prompted = async (sessionId: string): Promise<Finished> => {
    tell({ type: 'started', session: sessionId })
    isWorking = true
    const response = await agent.request(methods.agent.session.prompt, {
      sessionId,
      prompt: [{ type: 'text', text: task.prompt }],
    })
    updates.flush()
    const usage = tellsTokens ? usageIn('usage' in response ? response.usage : null) : null
    if (usage !== null || updates.costUsd !== null) tell({ type: 'usage', usage, costUsd: updates.costUsd })
    const failure = sessionFailureIn(response) ?? updates.failure
    return failure?.isWarning === false ? failedBy(failure) : endOf(response.stopReason, denied)
  }
  /** @returns `null` when it was asked to end before it was done */
  const worked = async (): Promise<Finished | null> => {
    const sessionId = await unlessAborted(cancelled, within(task.startTimeoutMs, opened()))
    if (sessionId === null) return cancelled.aborted ? null : tooSlow('had no session', task.startTimeoutMs)
    const turn = prompted(sessionId)
    const end = await unlessAborted(cancelled, turn)
    if (end !== null) return end
    await agent.notify(methods.agent.session.cancel, { sessionId })
    const late = await within(cancelMs, turn)
    return late?.outcome === 'success' ? late : null
  }
  const failure = async (error: unknown): Promise<Finished | null> => {
    if (cancelled.aborted) return null
    if (error instanceof UnknownSetting) return failed('agent_error', error.message)
    if (error instanceof RequestError && !connection.signal.aborted) return failureOf(error)
    return crashOf((await within(closedMs, child.ended)) ?? 'closed its output')
  }
  const end = await worked().catch(failure)
  updates.flush()
  if (end !== null) tell(end)
  child.hush()
  // What it still has to send, such as spans of its own, it sends then.
  for (const sessionId of toClose)
    await within(closeMs, agent.request(methods.agent.session.close, { sessionId })).catch(() => null)
  await child.end()
})
