import type { ReviewPolicy } from '../plan/review-policy.ts'
import type { Finding } from '../run/review.ts'
import type { ChangedFile } from './changed-files.ts'
import { changeOf } from './kinds.ts'
import { type DeclaredTests, missing } from './tests.ts'

/** The tests of a file before and after. */
export type ComparedTests = { readonly file: ChangedFile; readonly old: DeclaredTests; readonly now: DeclaredTests }

const mostTitles = 5

/** Titles are compared over the whole change, because tests move between files. */
export function testFindings(
  withTests: readonly ComparedTests[],
  { removedTests: word }: Pick<ReviewPolicy, 'removedTests'>,
): Finding[] {
  const action = { show: 'note', require_human: 'human', block: 'block' }[word] as Finding['action']
  const now = withTests.flatMap((one) => one.now.titles)
  const gone = new Set(
    missing(
      withTests.flatMap((one) => one.old.titles),
      now,
    ),
  )
  return withTests.flatMap(({ file, old, now: left }) => {
    const rest = { action, file: file.path, sha256: changeOf(file) }
    const titles = missing(old.titles, left.titles).filter((title) => gone.has(title))
    const shown = titles.slice(0, mostTitles).join(', ') + (titles.length > mostTitles ? ', ...' : '')
    const count = titles.length === 1 ? 'a test is' : `${titles.length} tests are`
    const removed =
      titles.length === 0 ? [] : [{ ...rest, rule: 'tests_removed', line: null, message: `${count} gone: ${shown}` }]
    const newSkips = left.skips.filter(({ text }) => !old.skips.some((before) => before.text === text))
    const skipped = newSkips.map(({ line, text }) => ({
      ...rest,
      rule: 'tests_skipped',
      line,
      message: `a test is kept from running: ${text}`,
    }))
    return [...removed, ...skipped]
  })
}
