import type { Cause, Outcome } from '../base/cause.ts'
import type { RunResponse, StepResponse } from './response.ts'

export type ReportFormat = 'json' | 'markdown' | 'html'

/**
 * The report of a run: the response, and what else a reviewer wants to know. It only grows. Its texts are redacted.
 * Times are RFC 3339 UTC; `null` is "none" or "unknown", never zero.
 */
export type RunReport = Omit<RunResponse, 'steps' | 'last_event_id'> & {
  readonly report_version: 1
  readonly generated_at: string
  readonly orchd_version: string
  readonly description: string | null
  /** What the steps came to, also while `finally` still runs. */
  readonly steps_outcome: Outcome | null
  readonly steps: readonly ReportStep[]
  /** What people decided, in the order of the steps. */
  readonly decisions: readonly ReportDecision[]
  /** What they decided before that and a rewind or a retry took back, in order. */
  readonly decisions_before: readonly ReportDecision[]
  /** How often the run was taken up again after it was over. */
  readonly retries: number
  /** The commit that the work started from; `null`: no git. */
  readonly base: { readonly name: string; readonly commit: string } | null
  readonly trace: { readonly trace_id: string; readonly url: string | null }
  readonly reproduce: Reproduction
}

export type ReportStep = StepResponse & {
  readonly description: string | null
  /** The model that the plan asks for; `null`: the agent's own choice. */
  readonly model: string | null
  readonly change: {
    readonly base: string
    readonly commit: string
    readonly files: number
    readonly insertions: number
    readonly deletions: number
  } | null
  /** In the order in which they began. */
  readonly attempt_list: readonly ReportAttempt[]
}

/** One try of a step. */
export type ReportAttempt = {
  readonly attempt: number
  readonly agent: string
  readonly started_at: string
  /** `null`: it still runs, as `outcome` says, too. */
  readonly finished_at: string | null
  /** As the attempt ended; `failure` also where the review blocked its change, or a person rejected it. */
  readonly outcome: Outcome | null
  readonly cause: Cause | null
  readonly message: string | null
  readonly cost_usd: number | null
}

export type ReportDecision = {
  readonly step: string
  /** A gate of the plan, the gate on a change, or an attempt that was lost. */
  readonly about: 'approval' | 'change' | 'conflict' | 'lost_attempt'
  readonly decision: 'approve' | 'reject' | 'skip' | 'fail'
  /** `null`: nobody answered in time. */
  readonly by: string | null
  /** What was said with it. */
  readonly why: string | null
  readonly at: string
}

/** How the run is done again. */
export type Reproduction = {
  readonly command: string
  /** The file as it was named; its text may have changed since. */
  readonly plan_file: string
  readonly plan_sha256: string
}
