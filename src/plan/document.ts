import type { Diagnostic, Range } from '../base/diagnostic.ts'
import type { Json } from '../base/json.ts'
import { checkCharacters } from './characters.ts'
import { type Report, type SourceText, rangeOf, reporter, sourceText } from './source-text.ts'
import { type Locator, type Path, locator } from './yaml/locate.ts'
import type { YamlNode } from './yaml/node.ts'
import { readYaml } from './yaml/read.ts'
import { readRegular } from './yaml/regular/read.ts'
import { valueMaker } from './yaml/regular/values.ts'
import { readYamlWithExpressions } from './yaml/unquoted.ts'
import { type Converted, toValue } from './yaml/value.ts'

/** A YAML text that was read: its value, and where each part of it stands. */
export type SourceDocument = Locator & {
  readonly source: SourceText
  readonly value: Json
  /** Offsets at which something stands whose value is unknown, and was reported as such. */
  readonly opaque: ReadonlySet<number>
  /** Lines and columns of what `valueSpan` gives. */
  readonly rangeOf: (path: Path) => Range
}

/**
 * Reads one YAML 1.2 document without anchors, aliases, tags, merge keys, duplicate keys and directives.
 * `document` is `null` when the text is so broken that looking at its content makes no sense. Plans and
 * configuration are read alike; never throws, whatever the text is.
 */
export function readDocument(
  file: string,
  text: string,
): { readonly document: SourceDocument | null; readonly diagnostics: Diagnostic[] } {
  const source = sourceText(file, text.startsWith('\uFEFF') ? text.slice(1) : text)
  const diagnostics: Diagnostic[] = []
  const report = reporter(source, diagnostics)
  return { document: checkCharacters(source.text, report) ? read(source, report) : null, diagnostics }
}

function read(source: SourceText, report: Report): SourceDocument | null {
  const { text } = source
  // Values are the same whatever ends a line; places are not, but few texts that are right need any.
  const reading = readRegular(text.replaceAll('\r\n', '\n'), valueMaker(text))
  if (reading.kind === 'regular')
    return documentOf(source, { value: reading.made, opaque: new Set() }, () => readYaml(source).root)
  const { root, problems, isUsable } = readYamlWithExpressions(source)
  for (const { code, span, message, help } of problems) report(code, span, message, { help })
  if (!isUsable && root === null && problems.length > 0) return null
  if (root === null || text.trim() === '') {
    if (problems.length === 0)
      report('PLAN_EMPTY', { start: 0, end: 1 }, 'the file is empty', { help: 'a plan has a name and steps' })
    return null
  }
  const converted = toValue(root, report)
  return isUsable ? documentOf(source, converted, () => root) : null
}

function documentOf(source: SourceText, converted: Converted, readRoot: () => YamlNode | null): SourceDocument {
  const places = locator(source.text, readRoot)
  return { source, ...converted, ...places, rangeOf: (path) => rangeOf(source, places.valueSpan(path)) }
}
