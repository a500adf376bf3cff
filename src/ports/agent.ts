import type { Instant, RunId, StepId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { AttemptResult, Usage } from '../run/attempt-result.ts'
import type { Simulate } from '../run/event.ts'
import type { Step } from '../plan/plan.ts'
import type { RunContext } from '../run/change.ts'
import type { ApprovedFinding } from '../run/review-context.ts'

/**
 * Who does the work of an attempt. Shell is an adapter too.
 *
 * The port is made for adoption: an attempt is known by its folder, in which whoever runs it leaves what a later
 * holder needs (the claim, the output, the status). So the handle is the attempt's key, and `attach` needs no more.
 */
export type AgentAdapter = {
  /** Registry name: `shell`, `simulated`, later `claude_code`, ... */
  readonly name: string
  /**
   * Starts the attempt; its intent is durable already. Returns at once and never throws: what goes wrong is a result.
   * `report` is called exactly once, never before this returns.
   */
  start(attempt: Attempt, report: Report): void
  /**
   * After a restart of the holder: finds an attempt that an earlier holder started.
   * `attached`: it runs or has ended, and `report` will be called once (status line picked up, or process adopted).
   * `unclaimed`: it never began, and now never will by the earlier intent: the caller may `start` it anew.
   * `lost`: it began, and neither a result nor a live process is left.
   */
  attach(attempt: Attempt, report: Report): Promise<Attachment>
  /** Ends the attempt (TERM, 10 s, KILL, sweep); its `report` follows, with the outcome of the reason. May be called twice. */
  stop(key: AttemptKey, reason: StopReason): void
}

export type Attachment = 'adopted' | 'picked_up' | 'unclaimed' | 'lost'
export type Report = (result: AttemptResult) => void

/** `deadline`: the run's max_duration is over, the outcome is `timeout`; `killed`: a second cancel, no grace. */
export type StopReason = 'cancelled' | 'deadline' | 'killed'

export type AttemptKey = { readonly runId: RunId; readonly step: StepId; readonly attempt: number }

/** Work that an attempt goes on with, where the agent's protocol can and the session is still there; else it begins anew. */
export type Session = {
  /** The agent's own name for it, as an earlier result told it (`AttemptResult.session`). */
  readonly id: string
  /** What it is told then, in place of the attempt's `prompt`. */
  readonly prompt: string
  /** What earlier results told of the session: an agent that tells sums of the session is told apart by it. */
  readonly told: { readonly usage: Usage | null; readonly costUsd: number | null }
}

/** All that an adapter needs to know, evaluated. */
export type Attempt = AttemptKey & {
  readonly agent: string
  readonly spec: Step
  /** Absolute path of the attempt's own folder in the state folder; it may not exist yet. */
  readonly folder: string
  /** Absolute path of the workspace, or of the project folder. */
  readonly root: string
  /** Absolute path in which the attempt works: in `root`. */
  readonly workingDirectory: string
  /** The step's own environment: plan env, step env, ORCHD_*, TRACEPARENT. Secrets come apart. */
  readonly env: { readonly [name: string]: string }
  /** Names and values of the secrets that the step names; never written anywhere. */
  readonly secrets: { readonly [name: string]: string }
  /** Secret inputs of the run, which must not be shown even where they are no variable's whole value. */
  readonly secretValues: readonly string[]
  /** PATH of the submitter, or `null` for the holder's. */
  readonly path: string | null
  readonly prompt: string | null
  /** `null`: it begins a session of its own. */
  readonly session: Session | null
  /**
   * Absolute path of the agent's own home, in which it keeps its sessions: one for all attempts of a step, removed when
   * the step is over. It may not exist yet, and some agents have none.
   */
  readonly home: string
  readonly with: JsonObject
  readonly simulate: Simulate
  /** In a simulated run: the ways to the outputs that expressions of the plan read, so that it can go on. Else empty. */
  readonly outputsRead: readonly (readonly string[])[]
  readonly startedAt: Instant
  /** Where the run's work happens; `null`: in the project folder. */
  readonly context: RunContext | null
  /** The commits whose merge the attempt starts from; none: the base of the context. */
  readonly heads: readonly string[]
  /** What the plans around and the step itself say of the gate on its change, the outermost first. */
  readonly reviewKeys: readonly JsonObject[]
  /** Where it integrates: what people approved in the changes before. */
  readonly approved: readonly ApprovedFinding[]
  /** A person says that conflicts which attempts up to this one met are resolved in the step's workspace; `null`: none. */
  readonly resolvedUpTo: number | null
  /** Whether its workspace begins with what an agent may have changed. */
  readonly holdsAgentsWork: boolean
  /** Of an `integrate` step: what the steps before it were to do, in words. */
  readonly intents: readonly { readonly step: string; readonly intent: string }[]
  /** Absolute path of the objects that `.git` in `root` shares with its repository; `null`: it shares none. */
  readonly sharedObjects: string | null
  /** Absolute paths outside of `root` that the attempt must be able to read. */
  readonly reads: readonly string[]
  /** The most that it may cost before a budget of the plan is overrun; `null`: no limit. */
  readonly capUsd: number | null
}
