import type { Diagnostic } from '../../base/diagnostic.ts'
import type { OrchdError } from '../../base/errors.ts'
import type { Instant, RunId, StepId } from '../../base/ids.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import type { Plan } from '../../plan/plan.ts'
import type { MadeOfRequest } from '../../plan/request/analysis.ts'
import type { AgentReport, AgentsQuery } from '../../ports/agents.ts'
import type { HolderInfo, OpenedStep, StepDiff, TraceInfo } from '../../ports/client.ts'
import type { Engine } from '../../ports/engine.ts'
import type { GcLine, GcWish } from '../../ports/gc.ts'
import type { LogReader } from '../../ports/logs.ts'
import type { ReportFormat } from '../../ports/report.ts'
import type { JournalEvent, PlanSource, Simulate } from '../../run/event.ts'
import type { RunState } from '../../run/state.ts'

/** What the routes need from the holder. */
export type HttpDeps = {
  readonly engine: Engine
  readonly readLog: LogReader
  /** The values of a run's secret inputs: logs must not show them. */
  readonly secretInputsOf: (run: RunState) => readonly string[]
  readonly now: () => Instant
  readonly info: () => HolderInfo
  /** The events of a run after `afterSeq`, in order; earlier ones do no harm. */
  readonly history: (runId: RunId, afterSeq: number) => readonly JournalEvent[]
  /** How attempts ended, the newest first. */
  readonly attemptsEnded: () => Iterable<JournalEvent>
  /** The name of a run's plan. */
  readonly planOf: (run: RunId) => string
  /** The number of the last event in the journal: what `engine.get` shows includes it. */
  readonly lastSeq: () => number
  /** The folder of an attempt, for its log. */
  readonly attemptFolder: (run: RunState, step: string, attempt: number) => string
  /** @throws OrchdError USAGE for a name that no agent has */
  readonly agents: (query: AgentsQuery, signal: AbortSignal) => Promise<readonly AgentReport[]>
  readonly explain: (run: RunState, step: string) => string | null
  /** What a run or a step of it changes, for people. @throws OrchdError CHANGE_NOT_FOUND, REVIEW_FAILED */
  readonly diff: (run: RunState, step: StepId | null) => Promise<StepDiff>
  /** @throws OrchdError WORKSPACE_GONE */
  readonly open: (run: RunState, step: StepId) => Promise<OpenedStep>
  readonly trace: (runId: RunId, options: { readonly export: boolean }) => Promise<TraceInfo>
  readonly report: (run: RunState, format: ReportFormat) => string
  readonly collect: (wish: GcWish, signal: AbortSignal) => AsyncGenerator<GcLine>
  readonly checkPlan: (
    bytes: Uint8Array,
    inputs: { readonly [name: string]: Json },
    simulate: Simulate,
  ) => CheckedBody | Promise<CheckedBody>
  /** A request that came as a body, and the plan that it comes to. */
  readonly checkRequest: (
    bytes: Uint8Array,
    simulate: Simulate,
  ) => Promise<CheckedBody & { readonly compiled: MadeOfRequest | null }>
  /** Is told of a bug that a caller only sees as INTERNAL. */
  readonly warn?: (error: OrchdError) => void
}

/** A plan that came as a body, or what is wrong with it. */
export type CheckedBody = {
  readonly plan: Plan | null
  readonly inputs: JsonObject
  readonly source: PlanSource
  readonly diagnostics: readonly Diagnostic[]
}
