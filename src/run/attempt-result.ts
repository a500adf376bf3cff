import type { Cause, Outcome } from '../base/cause.ts'
import type { Instant } from '../base/ids.ts'
import type { Json } from '../base/json.ts'
import type { Change } from './change.ts'
import type { ReviewResult } from './review.ts'

/** How one attempt ended, as the adapter reports it. Texts are redacted already. */
export type AttemptResult = {
  readonly outcome: Exclude<Outcome, 'skip'>
  readonly cause: Cause | null
  /** For people: one line, at most 512 characters. */
  readonly message: string | null
  /** When the agent says that it can be asked again, of a quota that is used up or a service that is busy. Absent: it does not say. */
  readonly retryAt?: Instant
  readonly exitCode: number | null
  readonly signal: string | null
  readonly outputs: Json
  readonly usage: Usage | null
  /** `null` is "unknown", never zero. */
  readonly costUsd: number | null
  /** Where the cost is from; absent: the agent's own word. */
  readonly costSource?: CostSource
  /** Of work in several parts: what not all of them told. It was at least as much as is said. Absent: all is told. */
  readonly untold?: Untold
  readonly simulated: boolean
  readonly outputBytes: number
  readonly outputTruncated: boolean
  /** What was kept of the files that `artifacts` names; absent: none. */
  readonly artifacts?: readonly Artifact[]
  /** Whether the kernel confined it; `missing`: its step preferred it, and it was not to be had. Absent: not asked for. */
  readonly sandbox?: SandboxUse
  /**
   * The agent's own session, in which the step's next attempt can go on; `null`: the one before cannot be gone on with
   * any more. Absent: the agent keeps none.
   */
  readonly session?: string | null
  /** Whether it went on in an earlier session; `afresh`: it was to, and had to begin anew. Absent: it was not to. */
  readonly resumed?: 'yes' | 'afresh'
  /** Of an attempt that worked in a workspace of its own, whatever its outcome. */
  readonly change?: Change
  /** What others have changed, too; absent: nothing that was seen. */
  readonly overlaps?: readonly Overlap[]
  /** What the diff gate says of the change; absent: there was none to look at. */
  readonly review?: ReviewResult
}

/**
 * Files that an attempt changed, and a step that neither depends on its step nor is depended on, too. A forecast: their
 * merge may conflict, and may not.
 */
export type Overlap = {
  /** The other step. */
  readonly step: string
  /** The attempt of it that was seen. */
  readonly attempt: number
  /** How many. */
  readonly count: number
  /** The first of them, relative to the repository. */
  readonly files: readonly string[]
}

export type Untold = { readonly usage: boolean; readonly cost: boolean }

export type SandboxUse = 'enforced' | 'missing'

/** A file that is kept with the run, in the attempt's folder. */
export type Artifact = {
  /** As the step left it, relative to where it worked. */
  readonly path: string
  readonly sizeBytes: number
  readonly sha256: string
}

/** Tokens; a kind that is absent is not known. */
export type Usage = {
  /** All input, cached or not. */
  readonly inputTokens: number
  readonly outputTokens: number
  /** Parts of the input. */
  readonly cacheReadTokens?: number
  readonly cacheWriteTokens?: number
  /** A part of the output. */
  readonly reasoningTokens?: number
}

/** The agent's own word, or computed from the registry's list prices. */
export type CostSource = 'reported' | 'list_price'

/** Of `message`, in characters. */
export const longestMessage = 512

/** A result with nothing in it but how it ended. What was used is not known: an agent may have been at work. */
export const bareResult = (
  outcome: AttemptResult['outcome'],
  cause: Cause | null,
  message: string | null,
): AttemptResult => ({
  outcome,
  cause,
  message,
  exitCode: null,
  signal: null,
  outputs: {},
  usage: null,
  costUsd: null,
  simulated: false,
  outputBytes: 0,
  outputTruncated: false,
})
