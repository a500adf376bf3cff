import type { Diagnostic } from '../base/diagnostic.ts'
import type { StepOutline } from './check/outline.ts'
import { pathProblem } from './check/paths.ts'
import type { CheckContext } from './check/steps.ts'
import type { PlanOptions } from './options.ts'
import type { Plan } from './plan.ts'

/** How deep plans may be nested: a plan, its sub-plan, and so on. */
export const maxDepth = 8

/** A plan file as far as it was read; `plan` null: it has mistakes of its own. */
type SubPlan = {
  readonly plan: Plan | null
  readonly diagnostics: readonly Diagnostic[]
  readonly text: string
  /** How many plans are below one another in it, itself included. */
  readonly height: number
}

/** The plans that a plan names, found once each, whoever names them. */
export class SubPlans {
  readonly #readFile: NonNullable<PlanOptions['readFile']> | null
  readonly #parse: (text: string, path: string, subPlans: SubPlans) => Pick<SubPlan, 'plan' | 'diagnostics'>
  readonly #known = new Map<string, SubPlan>()
  /** The plans that are being read, each named by the one before. */
  readonly #chain: string[] = []
  /** How high each of them is as far as it was read, itself included. */
  readonly #heights: number[] = [1]

  constructor(
    readFile: PlanOptions['readFile'],
    parse: (text: string, path: string, subPlans: SubPlans) => Pick<SubPlan, 'plan' | 'diagnostics'>,
  ) {
    this.#readFile = readFile
    this.#parse = parse
  }

  /** The plan that a step names, or `null`; what is wrong with naming it is reported at the step. */
  read(step: StepOutline, { document, report }: CheckContext): Plan | null {
    const written = step.raw['plan']
    if (typeof written !== 'string' || pathProblem(written) !== null || this.#readFile === null) return null
    const path = plainPath(written)
    const span = document.valueSpan([...step.path, 'plan'])
    if (this.#chain.includes(path)) {
      const way = [...this.#chain.slice(this.#chain.indexOf(path)), path].join(' -> ')
      report('SUBPLAN_CYCLE', span, `the plans name each other: ${way}`, { help: 'a plan cannot be a part of itself' })
      return null
    }
    const found = this.#known.get(path) ?? this.#readNew(path)
    if (typeof found === 'string') {
      const help = 'sub-plans are plan files, relative to the project folder'
      report('SUBPLAN_FILE', span, `the plan "${written}" cannot be used: ${found}`, { help })
      return null
    }
    const height = found.height + 1
    if (height > maxDepth) {
      const message = `plans may be nested ${maxDepth} deep; with "${written}" it would be ${height}`
      report('SUBPLAN_DEPTH', span, message, { help: 'put the steps of one of them into the plan that names it' })
      return null
    }
    this.#heights.push(Math.max(height, this.#heights.pop() ?? 1))
    return found.plan
  }

  /** Every plan that was read and is valid, by path. */
  plans(): Plan['subPlans'] {
    return Object.fromEntries([...this.#known].flatMap(([path, { plan }]) => (plan === null ? [] : [[path, plan]])))
  }

  diagnostics(): readonly Diagnostic[] {
    return [...this.#known.values()].flatMap(({ diagnostics }) => diagnostics)
  }

  /** The texts in which diagnostics have their place, by file. */
  texts(): ReadonlyMap<string, string> {
    return new Map(Array.from(this.#known, ([path, { text }]) => [path, text]))
  }

  #readNew(path: string): SubPlan | string {
    const text = this.#readFile?.(path)
    if (text?.ok !== true) return text?.error ?? 'files are not looked at'
    this.#chain.push(path)
    this.#heights.push(1)
    const parsed = this.#parse(text.value, path, this)
    this.#chain.pop()
    const subPlan = { ...parsed, text: text.value, height: this.#heights.pop() ?? 1 }
    this.#known.set(path, subPlan)
    return subPlan
  }
}

/** The same path for the same file, however it is written: `./plans//a.yaml` is `plans/a.yaml`. */
export const plainPath = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
