import { isSealed, type Sealed } from '../base/sealed.ts'
import { readsInput } from '../plan/expression.ts'
import type { Plan, Template } from '../plan/plan.ts'
import { planLevel } from './find.ts'
import type { RunState } from './state.ts'

/** The environment of a step that holds no secret, and that which does: it is evaluated for each attempt, never stored. */
export type SplitEnv = {
  readonly plain: { readonly [name: string]: Template }
  readonly secret: { readonly [name: string]: Template }
}

/** The templates of a step's environment (the plan's, then its own), parted by whether they read a secret input. */
export function splitEnv(run: RunState, index: number): SplitEnv {
  const { spec, level } = run.steps.get(index)
  const { plan } = planLevel(run, level)
  const env = { ...plan.env, ...spec.env }
  const secrets = secretInputs(plan)
  if (secrets.length === 0) return { plain: env, secret: {} }
  const parted = Object.groupBy(Object.entries(env), ([, template]) =>
    readsInput(template, secrets) ? 'secret' : 'plain',
  )
  return { plain: Object.fromEntries(parted.plain ?? []), secret: Object.fromEntries(parted.secret ?? []) }
}

const secretInputs = (plan: Plan): readonly string[] =>
  Object.entries(plan.inputs).flatMap(([name, { secret }]) => (secret ? [name] : []))

/** Everything that is sealed in a run; sub-plans are only handed on what the run itself was given. */
export const sealedOf = ({ inputs }: RunState): readonly Sealed[] =>
  Object.values(inputs).filter((value) => isSealed(value))
