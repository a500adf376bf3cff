import type { Report } from './source-text.ts'

/** The largest plan, in bytes. */
export const planMaxBytes = 1024 * 1024
/** Lines are cheap to count, and a plan within the other limits has far fewer. */
const planMaxLines = 200_000
/** Enough to mend a file by; a binary file would give thousands. */
const mostPerText = 20

// Tab, line feed and carriage return are the control characters that a text may have. CR stands before LF only.
// oxlint-disable-next-line no-control-regex -- finding them is the purpose
const control = /[\0-\x08\v\f\x0e-\x1f\x7f-\x84\x86-\x9f\uFFFE\uFFFF]|\r(?!\n)/g
const bidi = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]+/g

/**
 * Refuses characters that people cannot see and that YAML, shells or terminals may take as commands. Characters that
 * turn the direction of writing get a warning: what is read need not be what runs. Returns whether to go on.
 */
export function checkCharacters(text: string, report: Report): boolean {
  const controls = firstMatches(text, control)
  for (const { index } of controls) {
    const code = text.codePointAt(index)! // a match has a character
    report(
      'CONTROL_CHARACTER',
      { start: index, end: index + 1 },
      `a file may not hold the control character ${nameOf(code)}`,
      {
        help: code === 13 ? 'end lines with LF or CRLF' : 'remove it; in double quotes it can be written as an escape',
      },
    )
  }
  for (const match of firstMatches(text, bidi)) {
    const span = { start: match.index, end: match.index + match[0].length }
    const name = nameOf(match[0].codePointAt(0)!) // likewise
    report('BIDI_CHARACTER', span, `${name} changes the direction of the text, so that it reads unlike it runs`, {
      help: 'remove it, unless the text is in a language that needs it',
      severity: 'warning',
    })
  }
  return controls.length === 0 && checkLines(text, report)
}

export const holdsBidi = (text: string): boolean => text.search(bidi) !== -1

function checkLines(text: string, report: Report): boolean {
  let lines = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    if (++lines <= planMaxLines) continue
    report('TEXT_TOO_LARGE', { start: at, end: at + 1 }, `a file may have ${planMaxLines} lines`, {
      help: 'split it into several plans',
    })
    return false
  }
  return true
}

function firstMatches(text: string, pattern: RegExp): RegExpExecArray[] {
  const matches: RegExpExecArray[] = []
  for (const match of text.matchAll(pattern)) {
    matches.push(match)
    if (matches.length === mostPerText) break
  }
  return matches
}

const nameOf = (code: number): string => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
