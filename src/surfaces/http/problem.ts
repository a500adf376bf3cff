import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Diagnostic } from '../../base/diagnostic.ts'
import { errorCatalogue, OrchdError } from '../../base/errors.ts'

/** An error as RFC 9457 problem+json. What is not ours says nothing of its insides. */
export function problemOf(context: Context, error: unknown, diagnostics: readonly Diagnostic[] = []): Response {
  const ours = error instanceof OrchdError ? error : new OrchdError('INTERNAL', 'something went wrong inside orchd')
  const { status } = errorCatalogue[ours.code]
  const body = { type: 'about:blank', title: ours.code, status, code: ours.code, detail: ours.message, help: ours.help }
  return context.body(
    JSON.stringify(diagnostics.length === 0 ? body : { ...body, valid: false, diagnostics }),
    status as ContentfulStatusCode, // the catalogue holds statuses of errors only, and those may have a body
    { 'content-type': 'application/problem+json' },
  )
}
