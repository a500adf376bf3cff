import { Tally, type TestResults } from './results.ts'

/**
 * What test programs print at their end, for people: pytest, node:test, vitest, jest, mocha and cargo. A log may have
 * several of them, for example of a workspace with many packages: they are added up.
 */
export function readSummaries(lines: readonly string[]): TestResults | null {
  const tally = new Tally()
  let before = ''
  for (const text of lines) {
    if (text.length > longestLine) continue
    if (none.test(text)) tally.told()
    for (const read of [pytest, nodeTest, vitestOrJest, mocha, cargo]) if (read(text, tally, before)) break
    before = text
  }
  return tally.results()
}

const longestLine = 4096

/** Of pytest, of vitest and of jest. */
const none = /^(?:=+ )?no tests ran in [\d.]+s(?: =+)?$|^No test files found, exiting|^No tests found, exiting/

type Reader = (line: string, tally: Tally, before: string) => boolean

/** `==== 1 failed, 3 passed, 1 skipped in 0.12s ====`; with -q without the signs. */
const pytest: Reader = (line, tally) => {
  const failed = /^(?:FAILED|ERROR) (?=\S)/.exec(line)
  if (failed !== null && /^\S+(?:::|\.py)/.test(line.slice(failed[0].length))) {
    const rest = line.slice(failed[0].length)
    // Parameters are in brackets, and may hold anything.
    const bracket = rest.includes('[') ? rest.indexOf('] - ') + 1 : 0
    const end = bracket > 0 ? bracket : rest.indexOf(' - ')
    const name = end < 0 ? rest : rest.slice(0, end)
    tally.named(name, name.split('::')[0] ?? null, end < 0 ? null : rest.slice(end + 3))
    return true
  }
  const [, words] =
    /^(?:=+ )?((?:\d+ (?:subtests )?[a-z]+(?:, )?)+) in [\d.]+s(?: \([\d:]+\))?(?: =+)?$/.exec(line) ?? []
  if (words === undefined) return false
  count(words, tally, {
    passed: ['passed', 'xpassed'],
    failed: ['failed', 'error', 'errors'],
    skipped: ['skipped', 'xfailed'],
  })
  return true
}

/** `ℹ pass 3` of node's spec reporter, a line for each number; then for each failure `test at FILE:3:1`, `✖ NAME (1.5ms)`. */
const nodeTest: Reader = (line, tally, before) => {
  const file = /^test at (\S.{0,1000}):\d+:\d+$/.exec(before)?.[1]
  const name = file === undefined ? undefined : /^✖ (.+?)(?: \([\d.]+ms\))?$/.exec(line)?.[1]
  if (file !== undefined && name !== undefined) {
    tally.named(name, file)
    return true
  }
  const [, word, number] = /^(?:ℹ|#) (pass|fail|cancelled|skipped|todo) (\d{1,9})$/.exec(line) ?? []
  if (word === undefined) return false
  if (word === 'pass') tally.passed(Number(number))
  else if (word === 'fail' || word === 'cancelled') tally.failed(Number(number))
  else tally.skipped(Number(number))
  return true
}

/** `Tests  1 failed | 3 passed (4)` of vitest, `Tests:       1 failed, 3 passed, 4 total` of jest; files that they cannot load are in neither. */
const vitestOrJest: Reader = (line, tally, before) => {
  const file =
    /^ FAIL  (?:\|[^|]{1,100}\| )?(\S{1,1000}) \[ \S{1,1000} \]$/.exec(line) ??
    (/^ {1,4}● Test suite failed to run$/.test(line) ? /^FAIL (?:\S{1,100} )?(\S{1,1000}\.\S{1,20})(?: \([\d.]+ m?s\))?$/.exec(before) : null) // prettier-ignore
  if (file !== null) {
    tally.unloadable(file[1] ?? '')
    return true
  }
  const failed = /^ FAIL  (?:\|[^|]{1,100}\| )?(\S+) > (.+)$/.exec(line)
  if (failed !== null) tally.named(failed[2] ?? '', failed[1] ?? null)
  const words = /^\s{0,8}Tests:?\s{1,16}(\d.*|no tests)$/.exec(line)?.[1]
  if (words === undefined) return failed !== null
  count(words, tally, { passed: ['passed'], failed: ['failed'], skipped: ['skipped', 'todo'] })
  return true
}

/** `  12 passing (34ms)`, `  1 failing`, `  2 pending` of mocha. */
const mocha: Reader = (line, tally) => {
  const [, number, word] = /^ {1,4}(\d{1,9}) (passing|failing|pending)(?: \([\d.]+m?s\))?$/.exec(line) ?? []
  if (word === undefined) return false
  if (word === 'passing') tally.passed(Number(number))
  else if (word === 'failing') tally.failed(Number(number))
  else tally.skipped(Number(number))
  return true
}

/** `test result: FAILED. 3 passed; 1 failed; 1 ignored; 0 measured; ...` of cargo. */
const cargo: Reader = (line, tally) => {
  const name = /^test (\S{1,1000}) \.\.\. FAILED$/.exec(line)?.[1]
  if (name !== undefined) tally.named(name)
  const words = /^test result: \w+\. (\d.*)$/.exec(line)?.[1]
  if (words === undefined) return name !== undefined
  count(words, tally, { passed: ['passed'], failed: ['failed'], skipped: ['ignored'] })
  return true
}

type Fate = 'passed' | 'failed' | 'skipped'

/** `1 failed, 3 passed`, by the words that mean each fate. */
function count(text: string, tally: Tally, words: { readonly [key in Fate]: readonly string[] }): void {
  tally.told()
  for (const [, number, word = ''] of text.matchAll(/(\d{1,9}) ([a-z]+)/g)) {
    for (const fate of ['passed', 'failed', 'skipped'] as const)
      if (words[fate].includes(word)) tally[fate](Number(number))
  }
}
