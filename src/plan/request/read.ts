import type { Diagnostic } from '../../base/diagnostic.ts'
import { readDocument } from '../document.ts'
import type { RequestDocument } from '../generated/request-document.ts'
import { validateRequest } from '../generated/validate-request.ts'
import { checkSchema } from '../schema-errors.ts'
import { reporter, sortDiagnostics } from '../source-text.ts'
import { suggester } from '../suggest.ts'

/** A request, unless one of the diagnostics is an error. */
export type ReadRequest = {
  readonly request: RequestDocument | null
  readonly diagnostics: readonly Diagnostic[]
}

/** Reads a request (JSON, and so YAML): every mistake in it at its place. Never throws, whatever the text is. */
export function readRequest(text: string, file: string): ReadRequest {
  const { document, diagnostics } = readDocument(file, text)
  if (document === null) return { request: null, diagnostics: sortDiagnostics(diagnostics) }
  checkSchema(document, validateRequest, reporter(document.source, diagnostics), suggester())
  const isValid = diagnostics.every(({ severity }) => severity !== 'error')
  return {
    request: isValid && isRequest(document.value) ? document.value : null,
    diagnostics: sortDiagnostics(diagnostics),
  }
}

const isRequest = (value: unknown): value is RequestDocument => validateRequest(value)
