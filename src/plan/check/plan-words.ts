import { durationPattern } from '../../base/duration.ts'
import { idPattern } from '../../base/ids.ts'
import { isJsonObject } from '../../base/json.ts'
import type { SourceDocument } from '../document.ts'
import { holdsBidi } from '../characters.ts'
import { meantKey } from '../meant-key.ts'
import type { OwnWords } from '../schema-errors.ts'
import type { Finding, Words } from '../schema-words.ts'
import { shown } from '../shown.ts'
import type { Path } from '../yaml/locate.ts'
import { bodies } from './outline.ts'
import { textRule } from './places.ts'

/** What the plan's schema means where its keywords do not say it themselves: bodies, aliases, ids, durations. */
export const planWords =
  (document: SourceDocument): OwnWords =>
  (finding, all, suggest) => {
    if (isMisplacedExpression(finding)) return null
    switch (finding.keyword) {
      case 'oneOf':
        return bodyWords(document, finding, all, suggest)
      case 'not':
        return conflictWords(document, finding)
      case 'pattern':
        return patternWords(document, finding)
      case 'required':
        return requiredWords(document, finding)
      case 'type':
        return finding.path.length === 0
          ? {
              code: 'TYPE_MISMATCH',
              span: { start: 0, end: 1 },
              message: 'a plan must be a map with "name" and "steps"',
            }
          : undefined
      default:
        return undefined
    }
  }

/** An expression where none is evaluated has a mistake of its own, told by `checkText`. */
const isMisplacedExpression = ({ value, path }: Finding): boolean =>
  typeof value === 'string' &&
  value.includes('${{') &&
  path.length > (isInSteps(path) ? 2 : 0) &&
  textRule(path) === 'plain'

const isInSteps = ([first]: Path): boolean => first === 'steps' || first === 'finally'

function bodyWords(
  document: SourceDocument,
  { path, value }: Finding,
  all: readonly Finding[],
  suggest: Parameters<OwnWords>[2],
): Words | null {
  if (!isJsonObject(value)) return null
  const present = Object.keys(value).filter((key) => bodies.some((body) => body === key))
  const [first, second] = present
  const list = bodies.join(', ')
  if (first !== undefined && second !== undefined) {
    const span = document.keySpan([...path, second])
    const message = `${stepAt(value)} has ${present.length === 2 ? 'two' : present.length} bodies: ${present.slice(0, -1).join(', ')} and ${present.at(-1)}`
    return { code: 'STEP_TWO_BODIES', span, message, help: 'make two steps of it' }
  }
  const isTypo = all.some(
    ({ keyword, instancePath, params }) =>
      keyword === 'additionalProperties' &&
      instancePath === `/${path.join('/')}` &&
      isBody(meantKey(String(params['additionalProperty']), knownStepKeys, suggest)),
  )
  if (isTypo) return null
  return {
    code: 'STEP_NO_BODY',
    span: document.keySpan(path),
    message: `${stepAt(value)} has no body`,
    help: `give it one of ${list}`,
  }
}

const knownStepKeys = [
  ...bodies,
  'depends_on',
  'needs',
  'when',
  'if',
  'env',
  'with',
  'retry',
  'name',
  'working_directory',
]
const isBody = (key: string | null): boolean => bodies.some((body) => body === key)

const pairs = [
  ['depends_on', 'needs'],
  ['when', 'if'],
  ['matrix', 'for_each'],
] as const

function conflictWords(document: SourceDocument, { path, value, schemaPath }: Finding): Words | null {
  const pair = pairs[Number(/allOf\/(\d+)/.exec(schemaPath)?.[1] ?? -1)]
  if (pair === undefined || !isJsonObject(value)) return null
  const [first, second] = pair.toSorted(
    (a, b) => document.keySpan([...path, a]).start - document.keySpan([...path, b]).start,
  )
  const help = pair[0] === 'matrix' ? 'use one of them; a matrix has several axes' : 'they mean the same: keep one'
  const span = document.keySpan([...path, second!]) // a pair has two
  return { code: 'KEY_CONFLICT', span, message: `"${second}" cannot stand beside "${first}"`, help }
}

function patternWords(document: SourceDocument, { path, value, name, params }: Finding): Words | null | undefined {
  const span = document.valueSpan(path)
  if (typeof value !== 'string') return undefined
  if (params['pattern'] === idPattern) {
    // A name that is no id is no step either: the graph's check says so, with a suggestion.
    if (isReference(path)) return null
    if (holdsBidi(value))
      return {
        code: 'BIDI_CHARACTER',
        span,
        message: 'an id may not hold characters that change the direction of the text',
        help: 'type it anew',
      }
    return { code: 'ID_INVALID', span, message: `${shown(value)} cannot be an id`, help: idHelp(value) }
  }
  if (params['pattern'] === durationPattern) {
    const help = 'write 90s, 15m, 3h, 1h30m or a number of seconds'
    return { code: 'DURATION_INVALID', span, message: `${name} cannot be the time ${shown(value)}`, help }
  }
  if (params['pattern'] === environmentNamePattern) {
    return {
      code: 'VALUE_MALFORMED',
      span,
      message: `${shown(value)} cannot be the name of an environment variable`,
      help: 'use letters, digits and "_"',
    }
  }
  if (path.length === 1 && path[0] === 'name') {
    return { code: 'VALUE_MALFORMED', span, message: 'the name of a plan is one line without space around it' }
  }
  return undefined
}

// The schema has the same texts; test/plan/schema.test.ts holds them together.
const environmentNamePattern = '^[A-Za-z_][A-Za-z0-9_]*$'

const isReference = (path: Path): boolean =>
  path.includes('depends_on') || path.includes('needs') || path.includes('rewind_to')

function idHelp(value: string): string {
  const proposal = value
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replaceAll(/[_-]{2,}/g, '-')
    .replaceAll(/^[^a-z]+|[_-]+$/g, '')
    .slice(0, 64)
  const rule = 'ids are small letters and digits, in words that "-" or "_" separates'
  return proposal === '' || proposal === value ? rule : `${rule}, like "${proposal}"`
}

function requiredWords(document: SourceDocument, { path, value, params }: Finding): Words | undefined {
  const key = String(params['missingProperty'])
  const span = document.keySpan(path)
  if (path.length === 0) return { code: 'KEY_MISSING', span, message: `a plan needs the key "${key}"` }
  if (path.length === 2 && (path[0] === 'steps' || path[0] === 'finally')) {
    return { code: 'KEY_MISSING', span, message: `${stepAt(value)} needs the key "${key}"` }
  }
  return undefined
}

const stepAt = (value: Finding['value']): string =>
  isJsonObject(value) && typeof value['id'] === 'string' ? `step "${value['id']}"` : 'this step'
