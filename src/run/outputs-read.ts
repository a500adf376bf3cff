import type { StepId } from '../base/ids.ts'
import { itemPaths, referencedOutputs } from '../plan/expression.ts'
import type { Expression, Plan, Step, Template } from '../plan/plan.ts'

/**
 * The way to a value within a step's outputs: `steps.a.outputs.file.name` is `file`, `name`. `[]` stands for the items
 * of a list that a `for_each` goes through: its `item.path` is `files`, `[]`, `path`.
 */
export type OutputPath = readonly string[]

const known = new WeakMap<Plan, ReadonlyMap<StepId, readonly OutputPath[]>>()

/** What the expressions of a plan read of a step's outputs, each path once. Found for the whole plan when first asked. */
export function outputsRead(plan: Plan, step: StepId): readonly OutputPath[] {
  const before = known.get(plan)
  const found = before ?? readIn(plan)
  if (before === undefined) known.set(plan, found)
  return found.get(step) ?? []
}

function readIn(plan: Plan): ReadonlyMap<StepId, readonly OutputPath[]> {
  const found = new Map<StepId, Map<string, OutputPath>>()
  const steps = [...plan.steps, ...plan.finally]
  const reads = [...steps.flatMap(templatesOf), plan.outputs].flatMap((template) => referencedOutputs(template))
  for (const { step, path } of [...reads, ...steps.flatMap(listsRead)]) {
    const paths = found.get(step) ?? new Map<string, OutputPath>()
    found.set(step, paths.set(path.join('\0'), path))
  }
  return new Map(Array.from(found, ([step, paths]) => [step, [...paths.values()]]))
}

/** The lists that a step goes through, with what it reads of their items. */
function listsRead(step: Step): readonly { readonly step: StepId; readonly path: OutputPath }[] {
  if (typeof step.forEach !== 'string') return []
  const items = templatesOf(step).flatMap((template) => itemPaths(template))
  return referencedOutputs(step.forEach).flatMap((list) =>
    [[], ...items].map((item) => ({ step: list.step, path: [...list.path, '[]', ...item] })),
  )
}

function templatesOf({ when, env, with: options, body }: Step): readonly (Template | Expression)[] {
  const asked = body.kind === 'prompt' || body.kind === 'approval' ? [body.prompt] : []
  return [...(when === null ? [] : [when]), env, options, ...asked]
}
