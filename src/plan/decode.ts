import type { Diagnostic } from '../base/diagnostic.ts'
import { type Result, err, ok } from '../base/result.ts'
import { planMaxBytes } from './characters.ts'
import type { DiagnosticCode } from './codes.ts'
import { rangeOf, sourceText } from './source-text.ts'

// A pure function of its bytes, so it may be used here, where the platform's own types are not known.
declare class TextDecoder {
  constructor(label: string, options: { fatal: boolean })
  decode(bytes: Uint8Array): string
}

/**
 * The text of a plan's bytes: UTF-8, with or without a BOM (which is not part of the text), at most 1 MiB.
 * Anything else is one diagnostic at the first byte that is wrong.
 */
export function decodePlan(bytes: Uint8Array, file: string): Result<string, Diagnostic> {
  const fail = (code: DiagnosticCode, before: string, message: string, help: string): Result<string, Diagnostic> => {
    const source = sourceText(file, before)
    const range = rangeOf(source, { start: before.length, end: before.length + 1 })
    return err({ code, severity: 'error', message, file, ...range, help })
  }
  if (bytes.length > planMaxBytes) {
    const message = 'the file is larger than 1 MiB'
    return fail(
      'TEXT_TOO_LARGE',
      '',
      message,
      'split it into several plans, or move long prompts to files (prompt_file)',
    )
  }
  if (isUtf16(bytes)) return fail('ENCODING_INVALID', '', 'the file is in UTF-16', 'save it as UTF-8')
  try {
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    const at = firstInvalidByte(bytes)
    const before = new TextDecoder('utf-8', { fatal: false }).decode(bytes.subarray(0, at))
    const byte = bytes[at]?.toString(16).toUpperCase().padStart(2, '0') ?? 'the end'
    return fail('ENCODING_INVALID', before, `the file is not UTF-8: byte ${byte} at offset ${at}`, 'save it as UTF-8')
  }
}

function isUtf16(bytes: Uint8Array): boolean {
  const [first, second, third, fourth] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true
  return (
    (first === 0 && third === 0 && second !== 0) || (second === 0 && fourth === 0 && first !== 0 && first !== undefined)
  )
}

/** Where the first sequence begins that is not UTF-8 (RFC 3629: shortest form, no surrogates, up to U+10FFFF). */
function firstInvalidByte(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at]!
    if (first < 0x80) {
      at++
      continue
    }
    const length =
      first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0
    const second = bytes[at + 1] ?? 0
    const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
    const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
    if (length === 0 || second < low || second > high) return at
    for (let i = 2; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return at
    at += length
  }
  return bytes.length
}
