import { type Json, isJsonObject } from '../base/json.ts'
import type { DiagnosticCode } from './codes.ts'
import type { SourceDocument } from './document.ts'
import { keyHelp, knownKeys } from './meant-key.ts'
import { kindOf, shown } from './shown.ts'
import type { Span } from './source-text.ts'
import type { Suggest } from './suggest.ts'
import { typeNames } from './type-names.ts'
import type { Path } from './yaml/locate.ts'

/** A mistake as ajv tells it. */
export type SchemaError = {
  readonly instancePath: string
  readonly schemaPath: string
  readonly keyword: string
  readonly params: { readonly [name: string]: unknown }
  readonly propertyName?: string
  /** The object of the schema in which the keyword stands. */
  readonly parentSchema?: { readonly [key: string]: unknown }
}

/** A mistake at its place, before it is put into words. */
export type Finding = SchemaError & {
  readonly path: Path
  /** What stands there. */
  readonly value: Json
  /** How it is called in a message: `"timeout"`, `item 2 of "depends_on"`, `the plan`. */
  readonly name: string
}

export type Words = {
  readonly code: DiagnosticCode
  readonly span: Span
  readonly message: string
  readonly help?: string | undefined
}

/** What the schema itself can say of a mistake; `null`: nothing worth telling. */
export function generalWords(document: SourceDocument, suggest: Suggest): (finding: Finding) => Words | null {
  return (finding) => {
    const { path, params, value, name } = finding
    const span = document.valueSpan(path)
    switch (finding.keyword) {
      case 'additionalProperties': {
        const key = String(params['additionalProperty'])
        const help = keyHelp(key, knownKeys(finding), suggest)
        return { code: 'KEY_UNKNOWN', span: document.keySpan([...path, key]), message: `unknown key "${key}"`, help }
      }
      case 'required': {
        const message = `${path.length === 0 ? 'the document' : name} needs the key "${String(params['missingProperty'])}"`
        return { code: 'KEY_MISSING', span: document.keySpan(path), message }
      }
      case 'propertyNames': {
        const key = String(params['propertyName'])
        return {
          code: 'KEY_INVALID',
          span: document.keySpan([...path, key]),
          message: `"${key}" cannot be a name here`,
          help: 'a name has letters, digits and "_", and starts with a letter',
        }
      }
      case 'type':
        return typeWords(finding, span)
      case 'enum':
        return enumWords(finding, span, suggest)
      case 'const':
        return { code: 'VALUE_NOT_ALLOWED', span, message: `${name} must be ${JSON.stringify(params['allowedValue'])}` }
      case 'oneOf':
        return oneOfWords(finding, document.keySpan(path))
      case 'pattern':
        return { code: 'VALUE_MALFORMED', span, message: `${name} cannot be ${shown(value)}`, help: patternHelp(path) }
      default:
        return { code: 'VALUE_OUT_OF_RANGE', span, message: `${name} ${limitWords(finding)}` }
    }
  }
}

/** What is wanted where a pattern says it to programs only. */
const patternHelp = (path: Path): string | undefined =>
  path.at(-2) === 'hosts'
    ? 'write a name without scheme and path: example.com, *.example.com, localhost:8080'
    : undefined

function typeWords({ params, value, name }: Finding, span: Span): Words {
  const types = [params['type']].flat().flatMap((type) => String(type).split(','))
  const wanted = types.map((type) => nameOfType(type)).join(' or ')
  if (value === null) {
    return {
      code: 'TYPE_MISMATCH',
      span,
      message: `${name} has no value; it must be ${wanted}`,
      help: 'give it one, or remove the key',
    }
  }
  const isExpression = typeof value === 'string' && value.includes('${{')
  const help = isExpression
    ? 'expressions are not evaluated here'
    : types.length === 1 && types[0] === 'array' && !isJsonObject(value)
      ? `write it as a list: [${shown(value)}]`
      : undefined
  return { code: 'TYPE_MISMATCH', span, message: `${name} must be ${wanted}, not ${kindOf(value)}`, help }
}

function enumWords({ params, value, name }: Finding, span: Span, suggest: Suggest): Words {
  const allowed = [params['allowedValues']].flat().map(String)
  if (typeof value !== 'string') {
    return {
      code: 'VALUE_NOT_ALLOWED',
      span,
      message: `${name} cannot be ${kindOf(value)}`,
      help: `it is one of ${allowed.join(', ')}`,
    }
  }
  const near = suggest(value, allowed)
  const list = `it is one of ${allowed.join(', ')}`
  const help =
    near === null ? list : `did you mean "${near}"?${allowed.length > 8 ? '' : ` ${list.replace('it', 'It')}`}`
  return { code: 'VALUE_NOT_ALLOWED', span, message: `${name} cannot be ${shown(value)}`, help }
}

/** An object that must have exactly one of some keys. */
function oneOfWords({ parentSchema, name }: Finding, span: Span): Words {
  const keys = [
    ...new Set(
      [parentSchema?.['oneOf'] ?? []].flat().flatMap((part) => [Object(part).required ?? []].flat().map(String)),
    ),
  ]
  return {
    code: 'KEY_CONFLICT',
    span,
    message: `${name} needs exactly one of ${keys.map((key) => `"${key}"`).join(', ')}`,
  }
}

function limitWords({ keyword, params }: Finding): string {
  const limit = String(params['limit'])
  const things: Readonly<Record<string, string>> = {
    minimum: `must be at least ${limit}`,
    maximum: `must be at most ${limit}`,
    exclusiveMinimum: `must be more than ${limit}`,
    exclusiveMaximum: `must be less than ${limit}`,
    minLength: 'must not be empty',
    maxLength: `must have at most ${limit} characters`,
    minItems: limit === '1' ? 'must not be empty' : `needs at least ${limit} items`,
    maxItems: `may have at most ${limit} items`,
    minProperties: limit === '1' ? 'must not be empty' : `needs at least ${limit} keys`,
    uniqueItems: 'names something twice',
  }
  return things[keyword] ?? 'is not as the schema wants it'
}

const nameOfType = (type: string): string =>
  Object.hasOwn(typeNames, type) ? typeNames[type as keyof typeof typeNames] : type
