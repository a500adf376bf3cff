import { typeNames } from './type-names.ts'
import { type Json, isJsonObject } from '../base/json.ts'
import type { DiagnosticCode } from './codes.ts'
import type { SourceDocument } from './document.ts'
import type { Report, Span } from './source-text.ts'
import { type Suggest, didYouMean } from './suggest.ts'
import type { Path } from './yaml/locate.ts'

/** A validator that scripts/gen.ts compiled from a JSON Schema. */
export type SchemaValidator = { (value: unknown): boolean; errors?: readonly SchemaError[] | null }

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

/** Words of a schema's own for some of its mistakes; `undefined`: the general ones; `null`: not worth telling. */
export type OwnWords = (finding: Finding, all: readonly Finding[], suggest: Suggest) => Words | null | undefined

/** Enough to mend a file by; a mistake may have ten errors that only say that it exists. */
const mostFindings = 1000
const mostErrors = 10 * mostFindings

/** Checks a document against a schema, and reports each mistake once, at its exact place, in people's words. */
export function checkSchema(
  document: SourceDocument,
  validator: SchemaValidator,
  report: Report,
  suggest: Suggest,
  ownWords: OwnWords = () => undefined,
): boolean {
  if (validator(document.value)) {
    if (typeof document.value === 'object' && document.value !== null) accepted.add(document.value)
    return true
  }
  const errors = (validator.errors ?? []).slice(0, mostErrors)
  validator.errors = null // they hold the document, and a daemon lives long
  const findings = withoutEchoes(errors)
    .slice(0, mostFindings)
    .map((error) => findingOf(document.value, error))
  const wordsFor = generalWords(document, suggest)
  for (const finding of findings) {
    if (document.opaque.has(document.valueSpan(finding.path).start)) continue
    const own = ownWords(finding, findings, suggest)
    const words = own === undefined ? wordsFor(finding) : own
    if (words !== null && !isTypo(words, finding, findings, suggest)) {
      report(words.code, words.span, words.message, { help: words.help })
    }
  }
  return false
}

const accepted = new WeakSet<object>()

/** Whether the schema with which a value was checked has accepted it; asking it again takes as long as before. */
export const isAccepted = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && accepted.has(value)

/** Leaves out errors that only say that another one exists. */
function withoutEchoes(errors: readonly SchemaError[]): readonly SchemaError[] {
  const tooLong = new Set(errors.filter(({ keyword }) => keyword === 'maxLength').map((error) => error.instancePath))
  return errors.filter(
    ({ keyword, propertyName, schemaPath, instancePath }) =>
      keyword !== 'if' &&
      !(keyword === 'pattern' && tooLong.has(instancePath)) &&
      (propertyName === undefined || keyword === 'propertyNames') &&
      !/\/(oneOf|anyOf)\/\d+\//.test(schemaPath),
  )
}

/** A missing key beside an unknown one that looks like it is one mistake, told at the unknown one. */
function isTypo(words: Words, finding: Finding, all: readonly Finding[], suggest: Suggest): boolean {
  if (words.code !== 'KEY_MISSING') return false
  const missing = String(finding.params['missingProperty'])
  return all.some((other) => {
    if (other.keyword !== 'additionalProperties' || other.instancePath !== finding.instancePath) return false
    return meantKey(String(other.params['additionalProperty']), knownKeys(other), suggest) === missing
  })
}

/** What other tools call it. */
const otherWords: Readonly<Record<string, string>> = {
  command: 'run',
  cmd: 'run',
  script: 'run',
  shell: 'run',
  instructions: 'prompt',
  dependencies: 'depends_on',
  after: 'depends_on',
  condition: 'when',
  environment: 'env',
  cwd: 'working_directory',
  retries: 'retry',
  jobs: 'steps',
  tasks: 'steps',
  title: 'name',
}

/** The known key that an unknown one most likely stands for. */
export function meantKey(key: string, known: readonly string[], suggest: Suggest): string | null {
  const others = Object.keys(otherWords).filter((word) => known.includes(otherWords[word]!))
  const near = suggest(key, [...known, ...others])
  return near === null || known.includes(near) ? near : (otherWords[near] ?? null)
}

function keyHelp(key: string, known: readonly string[], suggest: Suggest): string | undefined {
  const meant = meantKey(key, known, suggest)
  return meant === null ? didYouMean(suggest, key, known) : `did you mean "${meant}"?`
}

/** The keys that an object may have where an unknown one was found. */
const knownKeys = ({ parentSchema }: SchemaError): readonly string[] => Object.keys(parentSchema?.['properties'] ?? {})

function findingOf(root: Json, error: SchemaError): Finding {
  const path: (string | number)[] = []
  let value: Json = root
  for (const part of error.instancePath.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(value) ? Number(key) : key)
    value = (Array.isArray(value) ? value[Number(key)] : isJsonObject(value) ? value[key] : null) ?? null
  }
  return { ...error, path, value, name: nameOf(path) }
}

function nameOf(path: Path): string {
  const last = path.at(-1)
  if (typeof last === 'string') return `"${last}"`
  const list = path.findLast((part) => typeof part === 'string')
  return last === undefined ? 'the document' : `item ${last + 1} of "${list ?? 'the list'}"`
}

function generalWords(document: SourceDocument, suggest: Suggest): (finding: Finding) => Words | null {
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
        return { code: 'VALUE_MALFORMED', span, message: `${name} cannot be ${shown(value)}` }
      default:
        return { code: 'VALUE_OUT_OF_RANGE', span, message: `${name} ${limitWords(finding)}` }
    }
  }
}

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

/** What a value is, in the words of the messages. */
export function kindOf(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (isJsonObject(value)) return 'a map'
  if (typeof value === 'string') return `the text ${shown(value)}`
  return typeof value === 'number' ? `the number ${value}` : JSON.stringify(value)
}

/** A value as a message shows it: short, and on one line. */
export function shown(value: Json): string {
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
