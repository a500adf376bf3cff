import type { Diagnostic } from '../../base/diagnostic.ts'
import type { OrchdError } from '../../base/errors.ts'
import { readDocument } from '../../plan/document.ts'
import { placeIn, requestPath } from '../../plan/request/places.ts'
import type { ValidatedFile } from './deps.ts'

/** What a holder refuses of a plan or request, at its place there; `null`: it names none, or the text does not have it. */
export function refusedPlace(
  { code, message, help, at }: OrchdError,
  { file, text, source }: Refused,
): Diagnostic | null {
  if (at === null) return null
  const { document } = readDocument(file, text)
  if (document === null) return null
  const path = placeIn(document, source.isRequest === true ? requestPath(at) : at)
  return path.length === 0 ? null : { code, severity: 'error', message, file, ...document.rangeOf(path), help }
}

type Refused = Pick<ValidatedFile, 'file' | 'text' | 'source'>
