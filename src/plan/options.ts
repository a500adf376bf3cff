import type { Result } from '../base/result.ts'

/** What a plan is read for. Everything is data: reading a plan does no IO of its own. */
export type PlanOptions = {
  /** Whether it is to be run now: then keys that this build does not run yet are errors (`NOT_YET`). */
  readonly forRun: boolean
  /** Which steps the simulated agent stands in for, when it is run. */
  readonly simulate: 'none' | 'agents' | 'all'
  /** The agents of the registry with their types; `null`: not known, so that names are not checked. */
  readonly agents: ReadonlyMap<string, string> | null
  /** The text of a file of the project folder, or why there is none; `null`: prompt files are not looked at. */
  readonly readFile: ((path: string) => Result<string, string>) | null
}

/** Reads a plan as `orchd validate` does without a configuration. */
export const justValidate: PlanOptions = { forRun: false, simulate: 'none', agents: null, readFile: null }
