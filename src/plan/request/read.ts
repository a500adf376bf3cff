import type { Diagnostic } from '../../base/diagnostic.ts'
import { isJsonObject } from '../../base/json.ts'
import { checkGlobs } from '../check/paths.ts'
import { readDocument, type SourceDocument } from '../document.ts'
import type { RequestDocument } from '../generated/request-document.ts'
import { validateRequest } from '../generated/validate-request.ts'
import { checkSchema } from '../schema-errors.ts'
import { type Report, reporter, sortDiagnostics } from '../source-text.ts'
import { didYouMean, type Suggest, suggester } from '../suggest.ts'
import { taskTypes } from '../task-profile.ts'

/** A request and where its parts stand. */
export type ReadRequest = {
  /** `null`: it has not the shape of one. Else there may still be mistakes in what it says. */
  readonly request: RequestDocument | null
  readonly document: SourceDocument | null
  readonly diagnostics: readonly Diagnostic[]
}

/** Reads a request (JSON, and so YAML): every mistake in it at its place. Never throws, whatever the text is. */
export function readRequest(text: string, file: string): ReadRequest {
  const { document, diagnostics } = readDocument(file, text)
  if (document === null) return { request: null, document, diagnostics: sortDiagnostics(diagnostics) }
  const report = reporter(document.source, diagnostics)
  const suggest = suggester()
  checkSchema(document, validateRequest, report, suggest)
  checkContent(document, report, suggest)
  return {
    request: isRequest(document.value) ? document.value : null,
    document,
    diagnostics: sortDiagnostics(diagnostics),
  }
}

/** What the schema cannot say. */
function checkContent(document: SourceDocument, report: Report, suggest: Suggest): void {
  const { task, context } = isJsonObject(document.value) ? document.value : {}
  if (isJsonObject(context)) checkGlobs(context['files'], ['context', 'files'], { document, report })
  const words = isJsonObject(task) ? task['description'] : undefined
  if (typeof words === 'string' && words !== '' && words.trim() === '')
    report('VALUE_OUT_OF_RANGE', document.valueSpan(['task', 'description']), '"description" must not be empty')
  const type = isJsonObject(task) ? task['type'] : undefined
  if (typeof type !== 'string' || type === '' || taskTypes.includes(type)) return
  const message = `the analyzer knows no type "${type}": agents are chosen by that word alone, and the work is done in one step`
  const help = didYouMean(suggest, type, taskTypes) ?? `known: ${taskTypes.join(', ')}; null lets the words tell`
  report('TASK_TYPE_UNKNOWN', document.valueSpan(['task', 'type']), message, { severity: 'warning', help })
}

const isRequest = (value: unknown): value is RequestDocument => validateRequest(value)
