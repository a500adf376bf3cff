import { lstat, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Attempt } from '../../ports/agent.ts'
import type { AttemptResult } from '../../run/attempt-result.ts'
import { artifactsName } from '../artifacts.ts'
import { lacksDescriptor, onceThereAreDescriptors } from '../descriptors.ts'
import { oneLine } from '../last-line.ts'
import { longestMessage } from '../../run/attempt-result.ts'
import { sealedLogName } from '../seal.ts'
import { Tally, type TestResults } from './results.ts'

const mostReports = 500
const mostReportBytes = 16 << 20
/** The end of a log, where programs sum up. */
const mostLogBytes = 8 << 20

/**
 * The result of an attempt that tests something, with what its tests came to as its outputs. Tests that failed are a
 * failure whatever the exit code is, and so is a report that was promised and cannot be read.
 */
export async function withTests(attempt: Attempt, result: AttemptResult): Promise<AttemptResult> {
  const { tests } = attempt.spec
  if (tests === undefined || (result.outcome !== 'success' && result.cause !== 'exit_nonzero')) return result
  const found = await onceThereAreDescriptors(async () => readAll(attempt, result, tests.report.length > 0), never)
  const inside = (file: string | null): string | null =>
    file?.startsWith(`${attempt.root}/`) === true ? file.slice(attempt.root.length + 1) : file
  const failures = found?.failures.map((failure) => ({ ...failure, file: inside(failure.file) })) ?? []
  const outputs = found === null ? {} : { ...found, failures }
  if (found !== null && found.failed > 0) return failed({ ...result, outputs }, wordsOf(found))
  if (found?.total === 0) return failed({ ...result, outputs }, 'no test was run')
  if (result.cause === 'exit_nonzero') {
    const named = await onceThereAreDescriptors(async () => failedTests(attempt.folder), never)
    return failed({ ...result, outputs }, named ?? result.message ?? '')
  }
  if (found === null && tests.report.length > 0) {
    return failed({ ...result, outputs }, `no test report can be read: ${tests.report.join(', ')}`)
  }
  return { ...result, outputs }
}

const never = new AbortController().signal

/** Which tests failed, as the log of an attempt that is over tells, in words; `null`: it tells of none that failed. */
export async function failedTests(folder: string): Promise<string | null> {
  const { readFailed, readTests } = await import('./parse.ts')
  const log = await readEnd(join(folder, sealedLogName), mostLogBytes)
  if (log === null) return null
  const found = readTests(log)
  if (found !== null && found.failed > 0) return oneLine(wordsOf(found), longestMessage)
  const names = readFailed(log)
  return names.length === 0 ? null : oneLine(`failed: ${namesIn(names, names.length)}`, longestMessage)
}

const failed = (result: AttemptResult, message: string): AttemptResult => ({
  ...result,
  outcome: 'failure',
  cause: 'tests_failed',
  message: oneLine(message, longestMessage),
})

function wordsOf({ failed: count, total, failures }: TestResults): string {
  const names = failures.map(({ name }) => name)
  return `${count} of ${total} tests failed${names.length === 0 ? '' : `: ${namesIn(names, count)}`}`
}

const mostNamed = 3

/** The first of so many. */
const namesIn = (names: readonly string[], count: number): string =>
  `${names.slice(0, mostNamed).join(', ')}${count > Math.min(mostNamed, names.length) ? ', ...' : ''}`

async function readAll(attempt: Attempt, result: AttemptResult, hasReports: boolean): Promise<TestResults | null> {
  // Only where it is needed: most steps test nothing.
  const { readTests } = await import('./parse.ts')
  if (!hasReports) {
    const log = await readEnd(join(attempt.folder, sealedLogName), mostLogBytes)
    return log === null ? null : readTests(log)
  }
  const tally = new Tally()
  // Where no workspace is new, a report may be an old one.
  const since = await changedAt(join(attempt.folder, 'claim'))
  for (const { path, sizeBytes } of (result.artifacts ?? []).slice(0, mostReports)) {
    if ((await changedAt(join(attempt.root, path))) < since) continue
    const text =
      sizeBytes > mostReportBytes ? null : await readEnd(join(attempt.folder, artifactsName, path), sizeBytes)
    const found = text === null ? null : readTests(text)
    if (found !== null) tally.add(found)
  }
  return tally.results()
}

async function readEnd(path: string, mostBytes: number): Promise<string | null> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    const buffer = Buffer.alloc(Math.min(size, mostBytes))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, size - buffer.length)
    return buffer.toString('utf8', 0, bytesRead)
  } catch (error) {
    if (lacksDescriptor(error)) throw error
    return null
  }
}

async function changedAt(path: string): Promise<number> {
  try {
    return (await lstat(path)).mtimeMs
  } catch (error) {
    if (lacksDescriptor(error)) throw error
    return 0
  }
}
