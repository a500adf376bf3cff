import type { Json } from '../../base/json.ts'
import { escapeSequence } from '../../base/visible.ts'
import { failedInGo, readGoJson, readGoText } from './go.ts'
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
  const lines = linesOf(plain)
  return readJson(plain, lines) ?? readGoJson(lines) ?? readTap(lines) ?? readGoText(lines) ?? readSummaries(lines)
}

/** The names of what failed, as the log of a test command tells, also where it does not tell how much there was. */
export function readFailed(log: string): readonly string[] {
  const found = readTests(log)
  return found === null
    ? failedInGo(linesOf(log.replaceAll(escapeSequence, '')))
    : found.failures.map(({ name }) => name)
}

const linesOf = (plain: string): readonly string[] =>
  plain
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .slice(-mostLines)

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
