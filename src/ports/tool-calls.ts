import type { Instant } from '../base/ids.ts'

/** In an attempt's folder: `ToolCalls` as JSON, written when the attempt is over. Absent: none are known. */
export const toolCallsName = 'tools.json'

/** What is kept of the tools that an agent used: names and times, never what they were given or gave. */
export type ToolCalls = {
  readonly calls: readonly ToolCall[]
  /** How many others there were. */
  readonly more: number
}

export type ToolCall = {
  /** The agent's own name for the call. */
  readonly id: string
  readonly name: string
  readonly startAt: Instant
  readonly endAt: Instant
  readonly failed: boolean
}
