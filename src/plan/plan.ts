import type { Cause } from '../base/cause.ts'
import type { StepId } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { Permissions as PermissionsDocument } from './generated/plan-document.ts'

/**
 * A plan as the rest of orchd sees it: checked, aliases resolved, defaults filled in, durations in milliseconds.
 * It is plain JSON, because the journal keeps it. Texts that may hold `${{ }}` are `Template`s, still unevaluated.
 */
export type Plan = {
  readonly version: 1
  readonly name: string
  readonly description: string | null
  /** -100 to 100; higher first, between runs. */
  readonly priority: number
  readonly env: { readonly [name: string]: Template }
  readonly secrets: readonly string[]
  readonly inputs: { readonly [name: string]: InputSpec }
  /** `null`: the plan works in the project folder, without git. */
  readonly context: JsonObject | null
  readonly constraints: Constraints
  readonly review: JsonObject | null
  readonly steps: readonly Step[]
  /** Run in parallel when the steps are over, whatever the outcome. */
  readonly finally: readonly Step[]
  readonly outputs: { readonly [name: string]: Template }
  /** Every plan that a step of this one or of those names, by its path; empty in those plans themselves. */
  readonly subPlans: { readonly [path: string]: Plan }
}

/** A JSON value whose strings may hold `${{ expression }}`; one whole expression keeps its type. */
export type Template = Json
/** The text of a CEL expression, without `${{ }}`. */
export type Expression = string

export type InputSpec = {
  readonly type: 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object'
  readonly description: string | null
  /** Absent: the input is required. `null` is a value. */
  readonly default?: Json
  readonly enum: readonly Json[] | null
  readonly pattern: string | null
  readonly secret: boolean
}

export type Constraints = {
  /** Waiting for people or quota does not count. `null`: no limit. */
  readonly maxDurationMs: number | null
  readonly maxParallel: number | null
  readonly budget: Budget | null
  /** What must pass at the end; `null`: nothing. */
  readonly requireTests: RequiredTests | null
  readonly requirePr: Json
}

export type RequiredTests = {
  readonly run: string
  /** Globs of the reports that the command writes; none: what it prints is read. */
  readonly report: readonly string[]
}

export type Budget = {
  readonly maxUsd: number | null
  readonly maxTokens: number | null
  readonly warnAt: number
  readonly onExceed: 'pause' | 'fail' | 'warn'
}

export const triggerRules = [
  'all_success',
  'all_done',
  'one_success',
  'none_failed',
  'none_failed_min_one_success',
] as const
export type TriggerRule = (typeof triggerRules)[number]

export type Step = {
  readonly id: StepId
  readonly name: string | null
  readonly description: string | null
  /** What kind of work it is for an agent; absent: its words tell. */
  readonly type?: string
  readonly body: StepBody
  readonly dependsOn: readonly StepId[]
  readonly when: Expression | null
  readonly triggerRule: TriggerRule
  readonly env: { readonly [name: string]: Template }
  readonly secrets: readonly string[]
  /** Relative to the workspace or the project folder. */
  readonly workingDirectory: string | null
  /** Per attempt, from its spawn. `null`: no limit. */
  readonly timeoutMs: number | null
  /** The longest silence (no output) of an attempt. `null`: no limit. */
  readonly stallTimeoutMs: number | null
  readonly retry: RetryPolicy
  readonly continueOnError: boolean
  readonly onCrash: OnCrash
  readonly orphanTimeoutMs: number
  /** `null`: the plan's. */
  readonly priority: number | null
  /** A JSON Schema (2020-12) for the step's outputs, or `null`. */
  readonly outputSchema: JsonObject | null
  readonly agent: AgentWish
  readonly model: string | null
  readonly fallback: readonly string[]
  /** `fallback: []` was written: no other agent takes over from the first, however it was chosen. */
  readonly alone?: true
  /** Nothing was written of retries, so each agent that the step may go to gets one attempt. */
  readonly oneAttemptEach?: true
  /** Adapter options, or a sub-plan's inputs. */
  readonly with: { readonly [name: string]: Template }
  /** Runs once for each of these combinations of values. */
  readonly matrix: readonly JsonObject[] | null
  /** Runs once for each item of the list, or of the list that the expression gives. */
  readonly forEach: readonly Json[] | Expression | null
  /** The most instances of a matrix or `for_each` that run at once. `null`: no limit of its own. */
  readonly maxParallel: number | null
  /** Whether the first failed instance cancels the others. */
  readonly failFast: boolean
  /** Globs of files that are kept with the run, relative to where the step works. */
  readonly artifacts: readonly string[]
  /** What its attempts may use; absent: no limit of its own. */
  readonly budget?: Budget
  readonly isolation: 'worktree' | 'shared' | 'none'
  readonly writes: readonly string[]
  /** What must succeed on what its agent did; absent: nothing. */
  readonly verify?: Verify
  /** What the step says of the gate on its change, as written; absent: nothing. */
  readonly review?: JsonObject
  /** How the work is confined by the kernel; absent: not at all. */
  readonly confinement?: Confinement
  /** Its agent works with all the rights of whom orchd runs for. */
  readonly free?: true
  /**
   * How a shell step is confined where it works on what an agent may have changed; `null`: not at all. Absent, as in most
   * plans: a sandbox is required, and may do everything but change the repository.
   */
  readonly afterAgents?: Confinement | null
  /** Its command tests what the run came to; `report`: globs of the files in which it says how that went. Absent: it does not. */
  readonly tests?: { readonly report: readonly string[] }
  /** orchd added it to the plan; absent: it stands there. */
  readonly implicit?: true
  /** What an agent may do in this step, as the plan says it; its words in the registry are narrowed by these. */
  readonly permissions?: PermissionWords
}

export type Verify = {
  readonly run: string
  /** How often the agent may try. */
  readonly maxRounds: number
}

export type StepBody =
  | { readonly kind: 'run'; readonly command: string }
  | { readonly kind: 'prompt'; readonly prompt: Template }
  | {
      readonly kind: 'approval'
      readonly prompt: Template
      readonly timeoutMs: number
      readonly onReject: OnReject | null
    }
  | { readonly kind: 'integrate'; readonly onConflict: 'ask' | 'fail' | 'resolve_with_agent'; readonly verify: Json }
  /** Moves the result branch to what the steps before it came to. */
  | { readonly kind: 'publish' }
  | { readonly kind: 'pull_request' }
  | { readonly kind: 'plan'; readonly path: string }

/** `required`: it does not run where it cannot be confined; `preferred`: it then runs unconfined, and that is told. */
export type Confinement = { readonly sandbox: 'required' | 'preferred'; readonly permissions: Permissions }

/** Permissions as they are written; a word that is absent says nothing. */
export type PermissionWords = PermissionsDocument

/** What work may do, each word from nothing to everything. */
export type Permissions = {
  readonly fileSystem: 'none' | 'read_only' | 'read_write'
  readonly network: 'none' | 'restricted' | 'allowed'
  /** Names that a restricted network reaches: `example.com`, `*.example.com`, either with a port. */
  readonly hosts: readonly string[]
  readonly shellCommands: 'none' | 'approved_only' | 'sandboxed' | 'allowed'
  readonly gitOperations: 'none' | 'pr_only' | 'allowed'
}

export type OnReject = { readonly rewindTo: StepId; readonly maxRewinds: number }

/** A registry name, `auto`, or a wish that the dispatch policy resolves. */
export type AgentWish = string | { readonly requires: readonly string[]; readonly prefer: readonly string[] }

export type RetryPolicy = {
  /** Counts the first attempt. */
  readonly maxAttempts: number
  readonly backoff: 'fixed' | 'linear' | 'exponential'
  readonly delayMs: number
  readonly maxDelayMs: number
  readonly on: readonly Cause[]
}

/** What happens to an attempt that was lost with its processes, for example in a reboot. */
export type OnCrash = 'retry' | 'ask' | 'fail'
