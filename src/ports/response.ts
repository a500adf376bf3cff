import type { Cause, Outcome, SkipCause } from '../base/cause.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { Finding, Verdict } from '../run/review.ts'

/**
 * The response contract of the system description, with more fields: what `orchd status RUN --json`,
 * `GET /api/v1/runs/RUN` and the last line of `orchd run --json` show. Others build on it: it only grows.
 * Times are RFC 3339 UTC; `null` is "none" or "unknown", never zero.
 */
export type RunResponse = {
  readonly request_id: string | null
  readonly run_id: string
  readonly plan: string
  readonly status: RunStatus
  /** Why a waiting run waits. */
  readonly waiting_for: WaitingFor | null
  /** What agents it waits for, where `waiting_for` is `quota` or `agent`. */
  readonly waiting: {
    readonly for: 'quota' | 'agent'
    /** In words: `codex parked until 17:40 UTC (usage_limit)`. */
    readonly why: string
    /** When the first can be used again, where that is known. */
    readonly until: string | null
    /** Whether it never goes on by itself: `orchd agents --release` does. */
    readonly needs_person: boolean
  } | null
  readonly outcome: Outcome | null
  readonly cause: Cause | null
  readonly simulated: boolean
  readonly submitted_at: string
  readonly started_at: string | null
  readonly finished_at: string | null
  readonly execution_summary: {
    readonly primary_agent: string | null
    readonly support_agents: readonly string[]
    readonly duration_ms: number
    readonly tasks_completed: number
    readonly tasks_failed: number
  }
  readonly steps: readonly StepResponse[]
  readonly results: { readonly [agent: string]: { readonly status: string; readonly outputs: JsonObject } }
  /** The plan's `outputs`, evaluated at the end. */
  readonly outputs: JsonObject
  readonly artifacts: {
    readonly pr_url: string | null
    readonly diff_summary: string | null
    readonly test_results: string | null
    readonly branch: string | null
    readonly commit: string | null
    readonly report: string | null
  }
  /** `false`: an agent worked without a sandbox, or what it may have written did, and could have answered gates itself. */
  readonly gates_protected: boolean
  /** What a person should know of where the run works: files that are not committed, for example. */
  readonly notes: readonly string[]
  /** The clone that a run of a URL works in: it has no working tree. `null`: the run works in the user's repository. */
  readonly clone: { readonly url: string; readonly git_dir: string } | null
  /** The user's work tree that the work started from, an absolute path. `null`: without git, or in a clone. */
  readonly work_tree: string | null
  readonly usage: {
    readonly input_tokens: number | null
    readonly output_tokens: number | null
    readonly cache_read_tokens: number | null
    readonly cache_write_tokens: number | null
    readonly reasoning_tokens: number | null
    readonly cost_usd: number | null
    readonly cost_source: CostSource
  }
  /** The plan's budget and how it stands; `null`: it has none. */
  readonly budget: BudgetResponse | null
  /** Why it did not complete: the first failure, in words. */
  readonly error: { readonly step: string | null; readonly cause: Cause | null; readonly message: string } | null
  /** Where the event stream goes on from this snapshot (`Last-Event-ID`). */
  readonly last_event_id: string | null
}

/**
 * Where a cost is from: the agents' own word, or the registry's list prices, at least for a part. `unknown`: an agent
 * did not tell and has no list price; `null`: there is nothing to tell.
 */
export type CostSource = 'reported' | 'list_price' | 'unknown' | null

export type BudgetResponse = {
  /** What may be spent, with what people have added; `null`: no limit. */
  readonly max_usd: number | null
  readonly max_tokens: number | null
  readonly on_exceed: 'pause' | 'fail' | 'warn'
  readonly spent_usd: number
  readonly spent_tokens: number
  /** Set aside for attempts that run. */
  readonly reserved_usd: number
  readonly reserved_tokens: number
  /** Attempts that did not tell what they used: it is in no sum. */
  readonly unknown_cost: number
  readonly unknown_tokens: number
}

/** All input and all output, and parts of them; a part that is `null` is not known. */
export type Tokens = {
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cache_read_tokens: number | null
  readonly cache_write_tokens: number | null
  readonly reasoning_tokens: number | null
}

export type RunStatus = 'queued' | 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled'
export type WaitingFor = 'people' | 'budget' | 'quota' | 'agent'
export type StepStatus = 'waiting' | 'queued' | 'running' | 'retrying' | 'gated' | 'held' | 'paused' | 'finished'

export type StepResponse = {
  readonly id: string
  readonly name: string | null
  /** What tells an instance of a matrix or `for_each` from the others: `security`. */
  readonly label: string | null
  readonly kind: 'run' | 'prompt' | 'approval' | 'integrate' | 'publish' | 'pull_request' | 'plan'
  readonly finally: boolean
  /** orchd added it to the plan: the merge of all results, or the result branch. */
  readonly implicit: boolean
  /** The step whose instance it is, or whose sub-plan it belongs to. */
  readonly inside: string | null
  /** How many steps are in it, from the time on that its matrix, `for_each` or sub-plan was opened. */
  readonly contains: number | null
  readonly depends_on: readonly string[]
  readonly status: StepStatus
  readonly outcome: Outcome | null
  readonly cause: Cause | null
  readonly skip_cause: SkipCause | null
  readonly message: string | null
  readonly agent: string | null
  readonly attempts: number
  readonly started_at: string | null
  readonly finished_at: string | null
  readonly exit_code: number | null
  readonly outputs: Json
  /** Files that were kept of it. */
  readonly artifacts: readonly { readonly path: string; readonly size_bytes: number; readonly sha256: string }[]
  readonly usage: Tokens | null
  readonly cost_usd: number | null
  readonly cost_source: CostSource
  readonly commit: string | null
  /** Files that it changed and that a step which does not wait for it, nor it for that one, changed too: their merge may conflict. */
  readonly overlaps: readonly { readonly step: string; readonly files: readonly string[]; readonly count: number }[]
  /** How its last attempt was confined; `missing`: `sandbox: preferred`, and there was none. `null`: not asked for. */
  readonly sandbox: 'enforced' | 'missing' | null
  /** What an open gate asks, and when it rejects itself. */
  readonly gate: {
    readonly prompt: string
    readonly opened_at: string
    readonly deadline_at: string
    /** Of a gate on a change: what an answer is bound to. */
    readonly tree: string | null
  } | null
  /** What the diff gate says of its change; `null`: there is none that it looked at. */
  readonly review: {
    readonly verdict: Verdict
    /** SHA-256 of the policy. */
    readonly policy: string
    readonly tree: string
    readonly findings: readonly Finding[]
    /** How many there are beyond those. */
    readonly more: number
    /** Who may approve; empty: everybody. */
    readonly approvers: readonly string[]
    /** The lines of orchestrator_config.yaml that would let a blocked change through. */
    readonly allow: readonly string[]
    readonly decided_by: string | null
  } | null
}
