import { isJsonObject, type JsonObject } from '../../base/json.ts'
import { inputProblem } from '../input-value.ts'
import { typeNames } from '../type-names.ts'
import type { InputSpec } from '../plan.ts'
import { compilePattern } from '../safe-pattern.ts'
import { shown } from '../shown.ts'
import type { CheckContext } from './steps.ts'

/** Checks that what the plan says of its inputs fits together: types, defaults, lists of values, patterns. */
export function checkInputs(context: CheckContext): void {
  for (const [name, raw] of Object.entries(context.outline.inputs))
    if (isJsonObject(raw)) checkInput(name, raw, context)
}

function checkInput(name: string, raw: JsonObject, { document, report }: CheckContext): void {
  const type = typeOf(raw['type'] ?? 'string')
  if (type === null) return
  const path = ['inputs', name]
  const pattern = typeof raw['pattern'] === 'string' ? raw['pattern'] : null
  const values = Array.isArray(raw['enum']) ? raw['enum'] : null
  if (pattern !== null) {
    const span = document.valueSpan([...path, 'pattern'])
    const compiled = compilePattern(pattern)
    if (type !== 'string') {
      report('KEY_WITHOUT_EFFECT', document.keySpan([...path, 'pattern']), '"pattern" has no effect: it is for text', {
        severity: 'warning',
        help: 'remove it',
      })
    } else if (!compiled.ok) report('PATTERN_UNSAFE', span, compiled.error.message, { help: compiled.error.help })
  }
  for (const [at, value] of (values ?? []).entries()) {
    if (inputProblem(value, { type, enum: null, pattern: null }) === null) continue
    const span = document.valueSpan([...path, 'enum', at])
    report('INPUT_DEFAULT', span, `${shown(value)} can never be given: the input "${name}" is ${typeNames[type]}`, {
      help: 'mind the type',
    })
  }
  if (!('default' in raw)) return
  if (raw['secret'] === true) {
    const span = document.keySpan([...path, 'default'])
    report('INPUT_DEFAULT', span, `the secret input "${name}" cannot have a default: it would stand in the plan`, {
      help: 'give it when the plan is run: orchd run --input-file',
    })
    return
  }
  const reason = inputProblem(raw['default'] ?? null, { type, enum: values, pattern })
  if (reason !== null) {
    report('INPUT_DEFAULT', document.valueSpan([...path, 'default']), `the default of "${name}" ${reason}`, {
      help: raw['default'] === null ? 'leave "default" out to make the input required' : 'mind the type',
    })
  }
}

const isType = (value: unknown): value is InputSpec['type'] =>
  typeof value === 'string' && Object.hasOwn(typeNames, value)
const typeOf = (value: unknown): InputSpec['type'] | null => (isType(value) ? value : null)
