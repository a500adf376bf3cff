/**
 * The driver of tools that a server of the Model Context Protocol offers: `driver.ts COMMAND ARGUMENTS...`, with the task on
 * standard input (`../driver/drive.ts`). One call of one tool is the work of an attempt.
 *
 * @see https://modelcontextprotocol.io
 */
import { pathToFileURL } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { ListRootsRequestSchema, McpError } from '@modelcontextprotocol/sdk/types.js'
import type { JsonObject } from '../../base/json.ts'
import { causeOf } from '../cli/cause.ts'
import { startChild } from '../driver/child.ts'
import { drive } from '../driver/drive.ts'
import { crashOf, failed, tooSlow } from '../driver/failure.ts'
import { unlessAborted, within } from '../driver/within.ts'
import type { AgentEvent } from '../events.ts'
import { eventsOf } from './result.ts'
import type { McpTask } from './task.ts'
import { transportOver } from './transport.ts'

/** As long as timers can be. */
const longestMs = 2 ** 31 - 1
/** A server that has closed its output has this long to end, so that its end can be told. */
const closedMs = 1000

/** JSON-RPC's code with which the SDK gives up on an answer. */
const requestTimeout = -32001

const causeIn = (error: unknown, text: string): ReturnType<typeof causeOf> =>
  error instanceof McpError && error.code === requestTimeout ? 'stalled' : causeOf(null, text)

await drive(async (given, { tell, alive, cancelled }) => {
  const task = given as McpTask // `protocol.ts` wrote it
  const child = startChild(process.argv.slice(2))
  cancelled.addEventListener('abort', () => child.hush(), { once: true })
  const client = new Client({ name: 'orchd', version: '0' }, { capabilities: { roots: {} } })
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: pathToFileURL(task.folder).href }] }))
  // Whatever else the server tells shows that it lives.
  client.fallbackNotificationHandler = async () => alive()

  const opened = async (): Promise<readonly string[]> => {
    await client.connect(transportOver(child), { timeout: longestMs })
    const { tools } = await client.listTools(undefined, { timeout: longestMs })
    return tools.map(({ name }) => name)
  }
  const called = async (): Promise<readonly AgentEvent[]> => {
    const call = { type: 'tool', id: task.tool } as const
    tell({ type: 'started', session: null })
    tell({ ...call, name: task.tool, status: 'started', detail: null })
    const result = await client.callTool({ name: task.tool, arguments: { ...task.arguments } }, undefined, {
      timeout: Math.min(task.timeoutMs ?? longestMs, longestMs),
      onprogress: alive,
      signal: cancelled,
    })
    tell({ ...call, name: null, status: result.isError === true ? 'failed' : 'succeeded', detail: null })
    return eventsOf(result as unknown as JsonObject) // the SDK has checked it
  }
  /** @returns nothing when it was asked to end before it was done */
  const worked = async (): Promise<readonly AgentEvent[]> => {
    const tools = await unlessAborted(cancelled, within(task.startTimeoutMs, opened()))
    if (tools === null) return cancelled.aborted ? [] : [tooSlow('told no tools', task.startTimeoutMs)]
    if (!tools.includes(task.tool))
      return [failed('agent_error', `the server has no tool "${task.tool}": it has ${tools.join(', ') || 'none'}`)]
    return called()
  }
  const events = await worked().catch(async (error: unknown): Promise<readonly AgentEvent[]> => {
    if (cancelled.aborted) return []
    if (child.stdout.closed) return [crashOf((await within(closedMs, child.ended)) ?? 'closed its output')]
    const text = error instanceof Error ? error.message : String(error)
    return [failed(causeIn(error, text), text)]
  })
  for (const event of events) tell(event)
  await child.end()
})
