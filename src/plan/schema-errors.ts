import { type Json, isJsonObject } from '../base/json.ts'
import type { SourceDocument } from './document.ts'
import type { Report } from './source-text.ts'
import { knownKeys, meantKey } from './meant-key.ts'
import { type Finding, generalWords, type SchemaError, type Words } from './schema-words.ts'
import type { Suggest } from './suggest.ts'
import type { Path } from './yaml/locate.ts'

/** A validator that scripts/gen.ts compiled from a JSON Schema. */
export type SchemaValidator = { (value: unknown): boolean; errors?: readonly SchemaError[] | null }

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
