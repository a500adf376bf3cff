import type { Diagnostic } from '../../base/diagnostic.ts'
import { isJsonObject, type Json } from '../../base/json.ts'
import { readDocument, type SourceDocument } from '../document.ts'
import { rangeOf, sortDiagnostics } from '../source-text.ts'
import type { Path } from '../yaml/locate.ts'

/** What to do in a request where the help speaks of a plan. */
const helps: { readonly [code: string]: string } = {
  PLAN_EMPTY: 'a request has a task: {"task": {"description": "..."}}',
  TEXT_TOO_LARGE: 'shorten the description, or name a file of the repository in it that holds the rest',
  TEST_COMMAND_MISSING: 'name it as "test_command" in the context, or in orchestrator_config.yaml',
}

/** What is wrong with a request or its plan, with what to do in the request. */
export function forRequest(diagnostic: Diagnostic): Diagnostic {
  const help = helps[diagnostic.code]
  return help === undefined ? diagnostic : { ...diagnostic, help }
}

/**
 * What is wrong with the plan of a request, told at the places of the request that it comes from: nobody has written the
 * plan. The same mistake in several steps is told once.
 */
export function inRequest(
  diagnostics: readonly Diagnostic[],
  planText: string,
  request: SourceDocument,
): readonly Diagnostic[] {
  const { document } = readDocument('plan', planText)
  if (document === null) return diagnostics
  const starts = startsIn(document)
  const told = diagnostics.map((diagnostic): Diagnostic => {
    const isTooLarge = diagnostic.code === 'TEXT_TOO_LARGE'
    return {
      ...forRequest(diagnostic),
      ...request.rangeOf(placeIn(request, requestPath(pathAt(starts, diagnostic)))),
      file: request.source.file,
      ...(isTooLarge
        ? { message: 'the plan of this request is larger than 1 MiB: each step holds the description' }
        : {}),
    }
  })
  const seen = new Set<string>()
  return sortDiagnostics(told).filter(({ code, line, column, message }) => {
    const key = `${code} ${line}:${column} ${message.replace(/^step "[^"]*" /, '')}`
    return !seen.has(key) && seen.add(key)
  })
}

type Start = { readonly path: Path; readonly line: number; readonly column: number }

/** Every key and item of a plan, in the order of the text. */
function startsIn(document: SourceDocument): readonly Start[] {
  const starts: Start[] = []
  const walk = (value: Json, path: Path): void => {
    if (path.length > 0) starts.push({ path, ...rangeOf(document.source, document.keySpan(path)) })
    if (Array.isArray(value)) for (const [at, item] of value.entries()) walk(item, [...path, at])
    else if (isJsonObject(value)) for (const [key, item] of Object.entries(value)) walk(item, [...path, key])
  }
  walk(document.value, [])
  return starts
}

/** What begins last before a mistake. */
const pathAt = (starts: readonly Start[], { line, column }: Diagnostic): Path =>
  starts.findLast((start) => start.line < line || (start.line === line && start.column <= column))?.path ?? []

/** Where in a request that stands which the plan has at a path. */
export function requestPath(path: Path): Path {
  const [section, key, ...rest] = path
  if (section === 'context' && typeof key === 'string')
    return key === 'setup' ? ['context', 'repository'] : ['context', key, ...rest]
  if (section === 'constraints' && key === 'budget') return ['task', 'constraints', 'max_usd']
  if (section === 'constraints' && typeof key === 'string') return ['task', 'constraints', key]
  if (section === 'defaults') return ['preferences', key === 'fallback' ? 'fallback_enabled' : 'preferred_agent']
  return ['task', section === 'steps' && rest[0] === 'type' ? 'type' : 'description']
}

/** Where something stands in the request, or the part of it that is nearest; what is not said at all comes from the task. */
export function placeIn(request: SourceDocument, path: Path): Path {
  for (let length = path.length; length > 1; length--) {
    const part = path.slice(0, length)
    if (has(request.value, part)) return part
  }
  // Of a repository that nobody names: the context, or what asks for one.
  if (path[0] === 'context' && has(request.value, ['context'])) return ['context']
  return has(request.value, ['task', 'description']) ? ['task', 'description'] : []
}

function has(value: Json, [name, ...rest]: Path): boolean {
  if (name === undefined) return value !== null
  const inner = Array.isArray(value) && typeof name === 'number' ? value[name] : isJsonObject(value) ? value[name] : undefined // prettier-ignore
  return inner !== undefined && has(inner, rest)
}
