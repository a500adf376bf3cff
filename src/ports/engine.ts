import type { RunId, StepId } from '../base/ids.ts'
import type { Order } from '../run/event.ts'
import type { RunState } from '../run/state.ts'
import type { RunRow } from './journal.ts'
import type { Observer } from './observer.ts'

/**
 * What surfaces may ask of the engine; CLI, HTTP, MCP and inbox are thin translations of these calls.
 * A promise resolves when what was asked for is durable, and rejects with an `OrchdError` (its code says why).
 */
export type Engine = {
  /** Takes a checked plan. The same `key` within its life or 10 minutes is the same run, and `created` is false. */
  submit(submission: Submission): Promise<{ readonly runId: RunId; readonly created: boolean }>
  /** @throws OrchdError GATE_NOT_OPEN, GATE_FORBIDDEN, GATE_STALE, RUN_NOT_FOUND, STEP_NOT_FOUND */
  decideGate(runId: RunId, step: StepId, decision: GateAnswer): Promise<void>
  /** What becomes of an attempt that was lost and waits for a person. */
  decideLost(runId: RunId, step: StepId, decision: 'rerun' | 'skip' | 'fail', by: string): Promise<void>
  /** @throws OrchdError RUN_FINISHED, RUN_NOT_FOUND */
  cancel(runId: RunId, by: string, reason: string | null): Promise<void>
  /**
   * Has steps run again, also of a run that is over.
   *
   * @throws OrchdError NOTHING_TO_RETRY, RUN_CANCELLING, RUN_NOT_FOUND, STEP_NOT_FOUND
   */
  retry(runId: RunId, wish: RetryWish, by: string): Promise<void>
  /**
   * Allows so much more for the budgets that steps of a run wait for, else for the run's own, and tries those steps again.
   *
   * @throws OrchdError BUDGET_NONE, RUN_FINISHED, RUN_NOT_FOUND
   */
  raiseBudget(runId: RunId, more: MoreBudget, by: string): Promise<void>
  /**
   * Lets a credential be used again that is parked or stopped: by its own name, or that of an agent which uses it.
   * `released`: whether anything kept it from being used.
   *
   * @throws OrchdError CREDENTIAL_NOT_FOUND
   */
  release(name: string): Promise<{ readonly credential: string; readonly released: boolean }>
  /** The state of any run, finished ones included; `undefined` when there is none. */
  get(runId: RunId): RunState | undefined
  list(limit: number): readonly RunRow[]
  /** The one run whose id begins with `prefix`. @throws OrchdError RUN_NOT_FOUND, RUN_AMBIGUOUS */
  resolve(prefix: string): RunId
  /** Calls `observer` for each committed batch from now on; the result stops it. */
  observe(observer: Observer): () => void
  /** Changes the global limit; running attempts above it go on, none is started. */
  setLimit(limit: number): void
  /** Starts nothing more and leaves what runs running, for the next holder to adopt. Resolves when all is durable that can be. */
  drain(): Promise<void>
  /** Whether nothing can go on without a person: no attempt runs or waits for a slot, a timer or a retry. */
  idle(): boolean
  /** Resolves the next time that `idle()` becomes true, at once when it is. */
  whenIdle(): Promise<void>
}

export type Submission = Order & {
  /** Idempotency: `null` makes a new run in any case. */
  readonly key: string | null
}

export type RetryWish = {
  /** The step to begin with, and all that comes behind it; `null`: whatever failed or was cut off. */
  readonly from: StepId | null
  /** Only that step, and nothing behind it. */
  readonly only: boolean
}

export type GateAnswer = {
  readonly decision: 'approve' | 'reject'
  readonly by: string
  readonly comment: string | null
  /** The tree that was looked at: another one is refused. Absent: whatever there is now. */
  readonly tree?: string
}

/** Both 0: the steps that wait for a budget are only tried again. */
export type MoreBudget = { readonly usd: number; readonly tokens: number }
