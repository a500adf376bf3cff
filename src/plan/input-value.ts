import { typeNames } from './type-names.ts'
import { type Json, isJsonObject } from '../base/json.ts'
import { type Result, assertNever, err, ok } from '../base/result.ts'
import type { InputSpec } from './plan.ts'
import { compilePattern, patternMaxText } from './safe-pattern.ts'
import { kindOf, shown } from './shown.ts'

/** Why a value cannot be that of an input; `null` when it can. */
export function inputProblem(value: Json, spec: Pick<InputSpec, 'type' | 'enum' | 'pattern'>): string | null {
  if (!hasType(value, spec.type)) return `must be ${typeNames[spec.type]}, not ${kindOf(value)}`
  if (spec.enum !== null && !spec.enum.some((one) => JSON.stringify(one) === JSON.stringify(value))) {
    return `must be one of ${spec.enum.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(', ')}, not ${shown(value)}`
  }
  if (typeof value !== 'string') return null
  if (value.includes('\0') || !value.isWellFormed()) return 'must be text without the character U+0000'
  if (spec.pattern === null) return null
  if (value.length > patternMaxText)
    return `must have at most ${patternMaxText} characters, to be held against its pattern`
  const pattern = compilePattern(spec.pattern)
  return pattern.ok && !pattern.value.test(value) ? `must match ${spec.pattern}, and ${shown(value)} does not` : null
}

/** A text from the command line as a value of the input's type. */
export function inputFromText(text: string, type: InputSpec['type']): Result<Json, string> {
  switch (type) {
    case 'string':
      return ok(text)
    case 'boolean':
      return text === 'true' || text === 'false' ? ok(text === 'true') : err(`must be true or false, not "${text}"`)
    case 'number':
    case 'integer':
      return /^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)
        ? ok(Number(text))
        : err(`must be ${typeNames[type]}, not "${text}"`)
    case 'array':
    case 'object':
      return fromJson(text, type)
    default:
      return assertNever(type)
  }
}

function fromJson(text: string, type: 'array' | 'object'): Result<Json, string> {
  try {
    const value: Json = JSON.parse(text)
    return ok(value)
  } catch {
    return err(`must be ${typeNames[type]} in JSON, like ${type === 'array' ? '["a", "b"]' : '{"a": 1}'}`)
  }
}

function hasType(value: Json, type: InputSpec['type']): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isJsonObject(value)
    case 'integer':
      return Number.isSafeInteger(value)
    case 'number':
      return typeof value === 'number' && Number.isFinite(value)
    case 'string':
    case 'boolean':
      return typeof value === type
    default:
      return assertNever(type)
  }
}
