import { type ParsedNode, parseDocument } from 'yaml'
import type { Diagnostic } from '../base/diagnostic.ts'
import { OrchdError } from '../base/errors.ts'
import { type Json, isJsonObject } from '../base/json.ts'
import { type Result, err, ok } from '../base/result.ts'
import { planMaxBytes } from './characters.ts'
import { readDocument } from './document.ts'
import { attachComments } from './format/attach.ts'
import { buildTree } from './format/build.ts'
import { makeCanonical } from './format/canonical.ts'
import { findComments } from './format/comments.ts'
import { printLayout } from './format/print.ts'
import { type Layout, isCollection } from './format/tree.ts'
import { sourceText } from './source-text.ts'

const options = {
  schema: 'core',
  version: '1.2',
  uniqueKeys: false,
  stringKeys: true,
  merge: false,
  resolveKnownTags: false,
  keepSourceTokens: true,
  logLevel: 'silent',
} as const

/**
 * A plan's text in canonical style: keys in the order of the schema and by their first names, two spaces of indentation,
 * a blank line between steps. Comments stay with what they are about, and every value is exactly what it was.
 * Formatting the result changes nothing.
 *
 * A text that is no YAML is an error with what is wrong with it; what the plan means is not looked at.
 *
 * @throws OrchdError SIZE_LIMIT when the result would be too large for a plan; INTERNAL when it would not say the same: a
 * bug, which must cost nobody a comment or a value
 */
export function formatPlan(text: string, file: string): Result<string, readonly Diagnostic[]> {
  const plain = text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n')
  const { document, diagnostics } = readDocument(file, text)
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  if (document === null || errors.length > 0) return err(errors)
  const source = sourceText(file, plain)
  const { contents } = parseDocument(plain, options)
  const { root, places } = buildTree(contents as ParsedNode, source) // parsed just now, and `readDocument` found a root
  if (!isCollection(root) || root.entries.length === 0) return ok(plain)
  const comments = findComments(source)
  attachComments(comments, places, root)
  const layout: Layout = { header: [], root }
  makeCanonical(layout)
  const formatted = printLayout(layout)
  const after = readDocument(file, formatted)
  if (formatted.length > planMaxBytes || after.diagnostics.some(({ code }) => code === 'TEXT_TOO_LARGE')) {
    throw new OrchdError('SIZE_LIMIT', `formatted, "${file}" would be larger than a plan may be`)
  }
  const isSame =
    after.document !== null &&
    meaningOf(after.document.value) === meaningOf(document.value) &&
    textsOf(findComments(after.document.source)) === textsOf(comments)
  if (isSame) return ok(formatted)
  throw new OrchdError('INTERNAL', `formatted, "${file}" would not say the same; it is left as it is`)
}

const textsOf = (comments: readonly { readonly text: string }[]): string =>
  comments
    .map(({ text }) => text)
    .toSorted()
    .join('\n')

/** What a document says, whatever the order of its keys and the names of those that have two. */
function meaningOf(value: Json): string {
  if (!isJsonObject(value)) return canonicalJson(value)
  const { steps, finally: last, ...rest } = value
  return canonicalJson([rest, stepsOf(steps), stepsOf(last)])
}

const stepsOf = (list: Json | undefined): Json =>
  Array.isArray(list) ? list.map((step) => (isJsonObject(step) ? unaliased(step) : step)) : (list ?? null)

function unaliased({ needs, if: condition, ...rest }: { readonly [key: string]: Json }): Json {
  const named = (first: string, second: string, value: Json | undefined): { readonly [key: string]: Json } =>
    value === undefined ? {} : { [first in rest ? second : first]: value }
  return { ...rest, ...named('depends_on', 'needs', needs), ...named('when', 'if', condition) }
}

const canonicalJson = (value: Json): string =>
  JSON.stringify(value, (_, inner: Json) =>
    isJsonObject(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  )
