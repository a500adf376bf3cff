import type { Cause } from '../base/cause.ts'
import type { Instant } from '../base/ids.ts'
import type { Json } from '../base/json.ts'

/** What an agent tells of its work, whatever its own stream looks like: the parsers of all agents give these. */
export type AgentEvent =
  | { readonly type: 'started'; readonly session: string | null }
  /** A message of the agent's, whole. */
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'tool'
      readonly id: string
      readonly name: string | null
      readonly status: ToolStatus
      /** What it works on: a command, a file. */
      readonly detail: string | null
    }
  /** It waits for its service: a sign of life, but no progress. */
  | { readonly type: 'retry'; readonly message: string; readonly retryAt?: Instant }
  /** Something that it was not allowed to do. */
  | { readonly type: 'permission'; readonly tool: string; readonly message: string | null }
  /** Of the whole attempt; a later one replaces what it tells of an earlier one. */
  | { readonly type: 'usage'; readonly usage: TokenUsage | null; readonly costUsd: number | null }
  | Finished
  /** A line that is no part of its stream: what it says on standard error, mostly. */
  | { readonly type: 'noise'; readonly text: string }

/** The end that it tells itself. What comes of it is for `judge` to say. */
export type Finished = {
  readonly type: 'finished'
  readonly outcome: 'success' | 'failure' | 'interrupted'
  /** Why it was not a success, as far as the agent tells. */
  readonly cause: Cause | null
  /** The last message, or what went wrong. `null`: look at the texts before. */
  readonly text: string | null
  /** The answer in the form that was asked for, where the agent gives it apart. */
  readonly answer: Json | null
  /** When it can be asked again, where the agent gives that apart. */
  readonly retryAt?: Instant
}

export type ToolStatus = 'started' | 'succeeded' | 'failed'

/** Tokens, each counted once: the input is the sum of the first three. `reasoning` is a part of `output`. */
export type TokenUsage = {
  readonly inputUncached: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly output: number
  readonly reasoning: number
}

/**
 * One line of an agent's output as events. Pure; unknown kinds of events give nothing, lines that are none of the
 * agent's give noise.
 */
export type LineParser = (line: string) => readonly AgentEvent[]
