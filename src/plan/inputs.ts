import type { Json, JsonObject } from '../base/json.ts'
import { type Result, err, ok } from '../base/result.ts'
import { isSealed } from '../base/sealed.ts'
import type { DiagnosticCode } from './codes.ts'
import { inputFromText, inputProblem } from './input-value.ts'
import { typeNames } from './type-names.ts'
import type { InputSpec, Plan } from './plan.ts'
import { didYouMean, suggester } from './suggest.ts'

/** A mistake in the inputs of a run. It has no place in a file: inputs come from the command line or a request. */
export type InputProblem = {
  readonly code: Extract<DiagnosticCode, 'INPUT_MISSING' | 'INPUT_UNKNOWN' | 'INPUT_INVALID'>
  readonly input: string
  readonly message: string
  readonly help?: string | undefined
}

/**
 * The inputs of a run: what was given, converted and checked, and defaults for the rest. All mistakes at once.
 * Texts (from `--input name=value` and the query of a request) are read by the declared type; other JSON must have it.
 *
 * @param options `convert: false`: texts are texts, as those that one plan gives to another
 */
export function resolveInputs(
  plan: Pick<Plan, 'inputs'>,
  given: { readonly [name: string]: Json },
  { convert }: { readonly convert: boolean } = { convert: true },
): Result<JsonObject, readonly InputProblem[]> {
  const problems: InputProblem[] = []
  const names = Object.keys(plan.inputs)
  const suggest = suggester()
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(plan.inputs, name)) continue
    const help = names.length === 0 ? 'the plan has no inputs' : didYouMean(suggest, name, names)
    problems.push({ code: 'INPUT_UNKNOWN', input: name, message: `the plan has no input "${name}"`, help })
  }
  const values: [string, Json][] = []
  for (const [name, spec] of Object.entries(plan.inputs)) {
    const value = Object.hasOwn(given, name) ? givenValue(given[name] ?? null, spec, convert) : defaultValue(spec)
    // What is sealed already was checked when it was given.
    const isChecked = value.ok && spec.secret && isSealed(value.value)
    const reason = isChecked ? null : value.ok ? inputProblem(value.value, spec) : value.error
    if (reason === null && value.ok) values.push([name, value.value])
    else problems.push(problemOf(name, reason, spec))
  }
  return problems.length > 0 ? err(problems) : ok(Object.fromEntries(values))
}

const givenValue = (value: Json, { type }: InputSpec, convert: boolean): Result<Json, string> =>
  convert && typeof value === 'string' ? inputFromText(value, type) : ok(value)

const defaultValue = (spec: InputSpec): Result<Json, string | null> =>
  spec.default === undefined ? err(null) : ok(spec.default)

function problemOf(name: string, reason: string | null, spec: InputSpec): InputProblem {
  if (reason !== null) {
    const why = spec.secret ? `does not fit; it is secret, so it is not shown (${typeNames[spec.type]})` : reason
    return { code: 'INPUT_INVALID', input: name, message: `the input "${name}" ${why}` }
  }
  const what = spec.description === null ? typeNames[spec.type] : `${typeNames[spec.type]}: ${spec.description}`
  return {
    code: 'INPUT_MISSING',
    input: name,
    message: `the input "${name}" is missing`,
    help: `give it with --input ${name}=... (${what})`,
  }
}
