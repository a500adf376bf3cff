import { OrchdError } from '../base/errors.ts'
import type { JsonObject } from '../base/json.ts'
import { err, type Result } from '../base/result.ts'
import { isSealed } from '../base/sealed.ts'
import type { Step } from '../plan/plan.ts'
import type { Submission } from '../ports/engine.ts'
import type { AttemptValues } from '../run/event.ts'
import { planLevel } from '../run/find.ts'
import { asText, secretValues } from '../run/scope.ts'
import { sealedOf } from '../run/secret-values.ts'
import type { RunState } from '../run/state.ts'
import type { Vault } from './vault.ts'

/** A run's inputs as they may be stored. */
export function sealedInputs(vault: Vault, { plan, inputs }: Pick<Submission, 'plan' | 'inputs'>): JsonObject {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      name,
      plan.inputs[name]?.secret === true ? vault.seal(value) : value,
    ]),
  )
}

/** The part of an attempt's environment that reads secret inputs, or why it has no value. */
export function secretEnvOf(vault: Vault, run: RunState, index: number): Result<AttemptValues['env'], string> {
  try {
    const { inputs } = planLevel(run, run.steps.get(index).level)
    return secretValues(run, index, opened(vault, inputs))
  } catch (error) {
    if (error instanceof OrchdError) return err(error.message)
    throw error
  }
}

const opened = (vault: Vault, inputs: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, isSealed(value) ? vault.open(value) : value]))

/** The values of a run's secret inputs, as texts that must never be shown; none where the key to them is gone. */
export function secretInputsOf(vault: Vault, run: RunState): readonly string[] {
  try {
    return sealedOf(run).map((sealed) => asText(vault.open(sealed)))
  } catch {
    return [] // attempts that need them say so
  }
}

/** Why a step cannot have the secrets that it names or reads; `null`: it can. */
export function whyNoSecrets(
  context: { readonly vault: Vault; secretsFor(step: Step): { readonly [name: string]: string } },
  run: RunState,
  index: number,
): string | null {
  const { spec } = run.steps.get(index)
  const secret = secretEnvOf(context.vault, run, index)
  if (!secret.ok) return secret.error
  if (run.simulate === 'all' || spec.secrets.length === 0) return null
  const given = context.secretsFor(spec)
  const missing = spec.secrets.filter((name) => given[name] === undefined)
  if (missing.length === 0) return null
  return `secrets: ${missing.join(', ')} not set in the environment of the process that runs orchd`
}
