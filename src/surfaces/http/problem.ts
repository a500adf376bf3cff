import type { Context } from 'hono'
import type { Diagnostic } from '../../base/diagnostic.ts'
import { errorCatalogue, OrchdError } from '../../base/errors.ts'

/**
 * An error as RFC 9457 problem+json. What is not ours says nothing of its insides.
 *
 * @param context the request that it answers; its headers for the response are kept
 * @param diagnostics what is wrong with the plan that was sent
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export function problemOf(context: Context | null, error: unknown, diagnostics: readonly Diagnostic[] = []): Response {
  const ours = error instanceof OrchdError ? error : new OrchdError('INTERNAL', 'something went wrong inside of orchd')
  const { code, message, help, at } = ours
  const { status } = errorCatalogue[code]
  const words = code.toLowerCase().replaceAll('_', ' ')
  const type = `urn:orchd:problem:${code}`
  const problem = { type, title: words, status, code, detail: message, help, ...(at === null ? {} : { at }) }
  const body = JSON.stringify(diagnostics.length === 0 ? problem : { ...problem, valid: false, diagnostics })
  const init = { status, headers: { 'content-type': 'application/problem+json' } }
  return context === null ? new Response(body, init) : context.newResponse(body, init)
}

/** `one mistake`, `3 mistakes`: those that are no warnings. */
export function mistakes(diagnostics: readonly Diagnostic[]): string {
  const count = diagnostics.filter(({ severity }) => severity === 'error').length
  return count === 1 ? 'one mistake' : `${count} mistakes`
}
