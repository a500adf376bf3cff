import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { relative } from 'node:path'
import type { Diagnostic } from '../base/diagnostic.ts'
import { isJsonObject, type JsonObject } from '../base/json.ts'
import { decodePlan } from '../plan/decode.ts'
import { readDocument, type SourceDocument } from '../plan/document.ts'
import { sortDiagnostics } from '../plan/source-text.ts'

/** The settings of a file, as written. */
export type SettingsFile = {
  readonly data: JsonObject
  /** For places; `null` when there is no usable file. */
  readonly document: SourceDocument | null
  readonly diagnostics: readonly Diagnostic[]
}

const maxBytes = 1024 * 1024
const nothing: SettingsFile = { data: {}, document: null, diagnostics: [] }

/**
 * Reads a settings file and checks its syntax. A file that is not there or holds only comments has no settings; one
 * that a person named must be there.
 */
export function readSettingsFile(path: string, projectFolder: string, isRequired: boolean): SettingsFile {
  const shown = relative(projectFolder, path)
  const file = shown === '' || shown.startsWith('..') ? path : shown
  const bytes = readSmallFile(path)
  if (bytes === 'missing' && !isRequired) return nothing
  if (bytes === 'missing') return broken(file, `there is no file "${path}"`, 'check the path')
  if (bytes === 'unreadable') return broken(file, `cannot read "${path}"`, 'it must be a file that you may read')
  const text = decodePlan(bytes, file)
  if (!text.ok) return { ...nothing, diagnostics: [aboutSettings(text.error)] }
  if (isBlank(text.value)) return nothing
  const { document, diagnostics } = readDocument(file, text.value)
  const data = document !== null && isJsonObject(document.value) ? document.value : {}
  return { data, document, diagnostics: sortDiagnostics(diagnostics) }
}

/** The decoder speaks of plans. */
const aboutSettings = (found: Diagnostic): Diagnostic => ({
  ...found,
  message: found.message.replace('the plan', 'the file'),
  help: found.code === 'TEXT_TOO_LARGE' ? 'settings have at most 1 MiB' : (found.help ?? 'save it as UTF-8'),
})

/** Only blank lines and comments. */
const isBlank = (text: string): boolean => text.split(/\r?\n/).every((line) => /^\uFEFF?\s*(#.*)?$/.test(line))

function broken(file: string, message: string, help: string): SettingsFile {
  const place = { file, line: 1, column: 1, endLine: 1, endColumn: 1 }
  return { ...nothing, diagnostics: [{ code: 'FILE_UNREADABLE', severity: 'error', message, ...place, help }] }
}

/** Never waits on a fifo. A file that is too large is read as far as it takes to say so. */
function readSmallFile(path: string): Uint8Array | 'missing' | 'unreadable' {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'missing' : 'unreadable'
  }
  try {
    if (!fstatSync(file).isFile()) return 'unreadable'
    const buffer = Buffer.alloc(maxBytes + 1)
    let length = 0
    for (let more = 1; more > 0 && length < buffer.length; length += more) {
      more = readSync(file, buffer, length, buffer.length - length, length)
    }
    return buffer.subarray(0, length)
  } catch {
    return 'unreadable'
  } finally {
    closeSync(file)
  }
}
