import type { Json } from '../../base/json.ts'
import { escapeSequence } from '../../base/visible.ts'
import { readGoJson, readGoText } from './go.ts'
import { readJest } from './jest.ts'
import { readJunit } from './junit.ts'
import type { TestResults } from './results.ts'
import { readSummaries } from './summaries.ts'
import { readTap } from './tap.ts'

/** Reading them holds up everybody else: of a flood of short lines the end must do. */
const mostLines = 300_000

/** What a report file, or the log of a test command, says of its tests; `null`: nothing that is known here. */
export function readTests(text: string): TestResults | null {
  const whole = text.replace(/^\uFEFF/, '')
  if (/^\s*</.test(whole)) return readJunit(whole.trimStart())
  const plain = whole.replaceAll(escapeSequence, '')
  const lines = plain
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .slice(-mostLines)
  return readJson(plain, lines) ?? readGoJson(lines) ?? readTap(lines) ?? readGoText(lines) ?? readSummaries(lines)
}

/** The whole text, or the one line of a log that holds it. */
function readJson(text: string, lines: readonly string[]): TestResults | null {
  const line = /^\s*\{/.test(text) ? text : lines.find((one) => one.startsWith('{') && one.includes('"numTotalTests"'))
  if (line === undefined) return null
  try {
    const value: Json = JSON.parse(line)
    return readJest(value)
  } catch {
    return null
  }
}
