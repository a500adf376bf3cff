import { Composer, Lexer, Parser, type CST, type Document } from 'yaml'
import { type SourceText, rangeOf } from '../source-text.ts'
import { fromLibrary } from './from-library.ts'
import {
  type YamlProblem,
  forbiddenLexeme,
  maxDepth,
  maxParts,
  secondDocument,
  tooDeep,
  tooManyParts,
} from './problem.ts'
import type { YamlTree } from './tree.ts'
import { type LibraryError, isHarmless, syntaxProblems } from './syntax-errors.ts'

const options = {
  schema: 'core',
  version: '1.2',
  uniqueKeys: false, // `value.ts` finds them with a Set; yaml compares each key with every other
  stringKeys: true,
  strict: true,
  merge: false,
  resolveKnownTags: false,
  logLevel: 'silent',
} as const

/** Enough to mend a text by; beyond it the text is not YAML at all. */
const maxErrors = 50

/** A text that has too many errors has them in its first part, too; so much of it is read first. */
const firstPart = 32 * 1024
/** What is wrong at the end of a part may only be so because the rest is missing. */
const uncertain = 1024

/** Parses any YAML with the yaml package, under limits of depth, size and number of errors. Never throws, whatever the text is. */
export function readFully(source: SourceText): YamlTree {
  if (source.text.length > 4 * firstPart) {
    const { errors, ...tree } = readWhole({ ...source, text: source.text.slice(0, firstPart) })
    if (errors.length >= maxErrors && errors.every(({ at }) => at < firstPart - uncertain)) return tree
  }
  const { errors: _, ...tree } = readWhole(source)
  return tree
}

function readWhole(source: SourceText): YamlTree & { readonly errors: readonly LibraryError[] } {
  const { tokens, problems, isWhole } = tokensOf(source.text)
  if (!isWhole) return { root: null, problems, isUsable: false, errors: [] }
  const { documents, errors, isWhole: isComposed } = compose(tokens)
  const [document, second] = documents
  const syntax = syntaxProblems(errors, (offset) => rangeOf(source, { start: offset, end: offset }).line)
  const isTold = problems.some(({ code }) => code === 'YAML_MULTIPLE_DOCUMENTS')
  const extra = second === undefined || isTold ? [] : [secondDocument(second.range[0])]
  return {
    root: document?.contents ? fromLibrary(document.contents) : null,
    problems: [...problems, ...extra, ...syntax],
    isUsable: isComposed && errors.every(isHarmless),
    errors,
  }
}

type Tokens = {
  readonly tokens: readonly CST.Token[]
  readonly problems: readonly YamlProblem[]
  readonly isWhole: boolean
}

/**
 * The concrete tokens of the text. Lexemes pass one by one, so that depth, number, anchors, tags and a second document
 * are seen at their place before anything is built from them.
 */
function tokensOf(text: string): Tokens {
  const parser = new Parser()
  const tokens: CST.Token[] = []
  const problems: YamlProblem[] = []
  const stop = (problem: YamlProblem): Tokens => ({ tokens, problems: [...problems, problem], isWhole: false })
  let parts = 0
  let isScalar = false
  let hasContent = false
  try {
    for (const lexeme of new Lexer().lex(text)) {
      const span = { start: parser.offset, end: parser.offset + lexeme.length }
      if (!isScalar && !isFiller.test(lexeme) && ++parts > maxParts) return stop(tooManyParts(span.start))
      if (!isScalar && lexeme === '---' && hasContent) {
        problems.push(secondDocument(span.start))
        break
      }
      const forbidden = isScalar ? null : forbiddenLexeme(lexeme, span)
      if (forbidden !== null) problems.push(forbidden)
      if (problems.length === maxErrors) return { tokens, problems, isWhole: false }
      hasContent ||= isScalar || lexeme === '---' || parser.stack.length > 1
      isScalar = lexeme === '\u001F'
      for (const token of parser.next(lexeme)) tokens.push(token)
      if (tokens.length > maxErrors && tokens.at(-maxErrors)?.type === 'error') break
      if (parser.stack.length > maxDepth + 3) return stop(tooDeep(span))
    }
    for (const token of parser.end()) tokens.push(token)
    return { tokens, problems, isWhole: true }
  } catch {
    const span = { start: parser.offset, end: parser.offset + 1 }
    return stop({ code: 'YAML_SYNTAX', span, message: 'this is not YAML' })
  }
}

/** Lexemes that are no part of the text of their own: spaces, line ends, comments, marks of documents and block texts. */
// oxlint-disable-next-line no-control-regex -- the lexer's own marks
const isFiller = /^(?:$|[ \t\r\n#|>\x02\x18\uFEFF]|---$|\.\.\.$)/

class TooManyErrors extends Error {}

type Composed = {
  readonly documents: readonly Document.Parsed[]
  readonly errors: readonly LibraryError[]
  readonly isWhole: boolean
}

function compose(tokens: readonly CST.Token[]): Composed {
  const composer = new Composer(options)
  const errors: LibraryError[] = []
  // The composer makes an Error with a stack for each mistake, and hostile text has 100,000: ours are data, and few.
  composer['onError'] = (place: Place, code: string, message: string) => {
    const [at, end] = spanOf(place)
    if (errors.length >= maxErrors) throw new TooManyErrors()
    errors.push({ at, end, code, message })
  }
  const documents: Document.Parsed[] = []
  let isWhole = true
  try {
    for (const document of composer.compose(tokens)) documents.push(document)
  } catch {
    // Too many errors, or a stack overflow inside the library: the text is to blame, and cannot be used.
    isWhole = false
    if (errors.length === 0) errors.push({ at: 0, end: 1, code: 'IMPOSSIBLE', message: 'This is not YAML' })
  }
  for (const { pos, code, message } of documents.flatMap((document) => document.errors)) {
    errors.push({ at: pos[0], end: pos[1], code, message })
  }
  return { documents, errors, isWhole }
}

type Place = number | readonly number[] | { readonly offset: number; readonly source?: string }

function spanOf(source: Place): readonly [number, number] {
  if (typeof source === 'number') return [source, source + 1]
  if ('offset' in source) return [source.offset, source.offset + (source.source?.length ?? 1)]
  const [start = 0, end = start + 1] = source
  return [start, end]
}
