import type { JsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import type { ReviewPolicy } from './review-policy.ts'
import type { PermissionWords } from './plan.ts'
import type { PolicyAgent } from './dispatch-policy.ts'

/** Why an agent cannot do a step's work here and now. */
export type AgentProblem = {
  readonly message: string
  readonly help: string
}

/** What a plan is read for. Everything is data: reading a plan does no IO of its own. */
export type PlanOptions = {
  /** Whether it is to be run now: then somebody must be there to do each step. */
  readonly forRun: boolean
  /** Which steps the simulated agent stands in for, when it is run. */
  readonly simulate: 'none' | 'agents' | 'all'
  /** The agents of the registry with their types; `null`: not known, so that names are not checked. */
  readonly agents: ReadonlyMap<string, string> | null
  /**
   * Why an agent of the registry cannot work here and now, with these names in the step's `with` and these `permissions`;
   * asked for plans that are to be run; absent: not looked at.
   */
  readonly agentProblem?: (name: string, options: readonly string[], permissions: JsonObject) => AgentProblem | null
  /** The agents as the dispatch policy sees them, for steps that name none; absent: there are none. */
  readonly roster?: () => readonly PolicyAgent[]
  /** Whether it will be known what an agent of the registry costs with a model, by its word or by list. Absent: not looked at. */
  readonly tellsCost?: (name: string, model: string | null) => boolean
  /** What the registry gives an agent; `null`: nothing that a step could exceed. Absent: not looked at. */
  readonly agentPermissions?: (name: string) => PermissionWords | null
  /** Why no sandbox starts here and now; asked for plans that are to be run, when an agent's step requires one. */
  readonly sandboxProblem?: () => Pick<AgentProblem, 'message' | 'help'> | null
  /** How agents are confined where neither plan nor step says otherwise. @default required */
  readonly sandbox?: 'required' | 'preferred' | 'off'
  /** What holds for the gate on changes before the plan says anything. @default defaultReviewPolicy */
  readonly review?: ReviewPolicy
  /** Why what the context names cannot be cloned; `null`: it can, as far as its name tells. Absent: not looked at. */
  readonly repositoryProblem?: (place: string) => Pick<AgentProblem, 'message' | 'help'> | null
  /** What `require_tests: true` runs; `null`: the configuration has nothing. Absent: not known. */
  readonly testCommand?: string | null
  /** The text of a file of the project folder, or why there is none; `null`: prompt files are not looked at. */
  readonly readFile: ((path: string) => Result<string, string>) | null
}

/** Reads a plan as `orchd validate` does without a configuration. */
export const justValidate: PlanOptions = { forRun: false, simulate: 'none', agents: null, readFile: null }
