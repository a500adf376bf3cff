import type { JsonObject } from '../../base/json.ts'

/** What the driver of an MCP server is to do; it gets the server's command as its arguments. */
export type McpTask = {
  readonly tool: string
  readonly arguments: JsonObject
  /** Absolute path of the folder in which it works: the one root that the server is told of. */
  readonly folder: string
  /** How long it may take until it has told its tools. */
  readonly startTimeoutMs: number
  /** How long the call may take; `null`: as long as the attempt. */
  readonly timeoutMs: number | null
}
