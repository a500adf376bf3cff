import type { Fact } from '../run/facts.ts'
import type { GateAnswer, MoreBudget, Submission } from './engine.ts'
import type { ShownDiff } from './reviewer.ts'
import type { AgentReport, AgentsQuery } from './agents.ts'
import type { CostGroup, CostReport } from './costs.ts'
import type { GcLine, GcWish } from './gc.ts'
import type { ReportFormat } from './report.ts'
import type { RunResponse, StepResponse } from './response.ts'

/**
 * The holder as commands see it: the HTTP routes of the state folder's socket. A command that becomes the holder
 * itself uses the same client, so that there is one way in. Every call rejects with an `OrchdError`.
 * `run` is a run id or a unique prefix of one.
 */
export type Client = {
  info(): Promise<HolderInfo>
  submit(submission: Submission): Promise<{ readonly run_id: string; readonly created: boolean }>
  runs(limit: number): Promise<readonly RunSummary[]>
  run(run: string): Promise<RunResponse>
  /** The facts of a run after `lastEventId` (`null`: from the start), as they come; ends when the run is finished. */
  events(run: string, lastEventId: string | null, signal: AbortSignal): AsyncIterable<RunFact>
  /** Those that there are now, and then it ends. */
  eventsSoFar(run: string, lastEventId: string | null, signal: AbortSignal): AsyncIterable<RunFact>
  /** A step's log, redacted: all that is there, then what comes while it runs when `follow` is set. */
  log(run: string, step: string, options: LogOptions, signal: AbortSignal): AsyncIterable<string>
  /** The files that were kept of a step, and where they are. */
  artifacts(run: string, step: string): Promise<readonly KeptFile[]>
  decideGate(run: string, step: string, answer: GateAnswer): Promise<void>
  decideLost(run: string, step: string, decision: 'rerun' | 'skip' | 'fail', by: string): Promise<void>
  /** What a step changes, for people; `null`: the whole run. Secrets are masked. */
  diff(run: string, step: string | null): Promise<StepDiff>
  /** Where the work of a step can be looked at, made again if need be, and its agent's session. */
  open(run: string, step: string): Promise<OpenedStep>
  retry(run: string, wish: { readonly from: string | null; readonly only: boolean }, by: string): Promise<void>
  /** Allows so much more for the budgets that steps wait for, and has those steps tried again. */
  raiseBudget(run: string, more: MoreBudget, by: string): Promise<void>
  /** Lets a credential be used again: by its name, or that of an agent which uses it. */
  release(credential: string): Promise<{ readonly credential: string; readonly released: boolean }>
  cancel(run: string, by: string, reason: string | null): Promise<void>
  /** Why a step is where it is, in words. */
  explain(run: string, step: string): Promise<string>
  /** `url`: where the trace is looked at, when a UI is configured. `exported`: how many spans were sent, if asked for. */
  trace(run: string, options: { readonly export: boolean }): Promise<TraceInfo>
  costs(query: CostQuery): Promise<CostReport>
  /** The agents, and how things stand with each; with `check` each is tried, without spending anything. */
  agents(query: AgentsQuery): Promise<readonly AgentReport[]>
  /** The report of a run as it stands. */
  report(run: string, format: ReportFormat): Promise<string>
  /** Removes what old finished runs left, or tells what it would remove; the last line is the sum. */
  collect(wish: GcWish, signal: AbortSignal): AsyncIterable<GcLine>
}

/** `since`: a span of time such as `7d`; `null`: all, and the usual grouping. */
export type CostQuery = { readonly run: string | null; readonly since: string | null; readonly by: CostGroup | null }

/** `path`: as the step left it; `file`: where it is kept, absolute. */
export type KeptFile = StepResponse['artifacts'][number] & { readonly file: string }

export type OpenedStep = {
  readonly run_id: string
  readonly step: string
  /** Absolute path of where the step worked. */
  readonly folder: string
  /** `none`: it worked in the project folder; `made_again`: from what the step came to, because it was gone. */
  readonly workspace: 'kept' | 'made_again' | 'none'
  /** The command that sets the workspace up, when it had to be made again and there is no cache of that. */
  readonly setup: string | null
  readonly agent: string | null
  /** `home`: absolute path of the home in which the session is; `null`: that of the person. */
  readonly session: { readonly id: string; readonly home: string | null } | null
  /** Why there is none: its agent is at work, keeps none that is known to us, this one is gone, or belongs to another folder. */
  readonly no_session: 'at_work' | 'no_sessions' | 'gone' | 'elsewhere' | null
}

export type StepDiff = ShownDiff & {
  readonly step: string
  readonly attempt: number
  readonly base: string
  readonly commit: string
  readonly tree: string
}

export type RunFact = Fact & { readonly run_id: string }
export type LogOptions = { readonly attempt: number | null; readonly follow: boolean }
export type TraceInfo = { readonly trace_id: string; readonly url: string | null; readonly exported: number | null }

export type RunSummary = Pick<
  RunResponse,
  'run_id' | 'plan' | 'status' | 'waiting_for' | 'outcome' | 'submitted_at' | 'finished_at'
> & {
  readonly steps: { readonly total: number; readonly finished: number; readonly running: number } | null
}

export type HolderInfo = {
  readonly version: string
  /** Absolute path. */
  readonly state_folder: string
  readonly pid: number
  /** `background`: a daemon that a command started, and that ends when nothing is left to do. */
  readonly kind: 'daemon' | 'background' | 'foreground'
  readonly limit: number
  readonly running: number
  readonly started_at: string
}
