import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, statSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { defaultReviewPolicy } from '../../../src/plan/review-policy.ts'
import { createReviewer } from '../../../src/review/reviewer.ts'
import { searchFile } from '../../../src/review/secrets/search.ts'
import { long, report, seed } from '../../proof/size.ts'
import { Random } from '../../support/random.ts'

const reviewer = createReviewer({ secretValues: [], path: process.env['PATH'] })
afterAll(() => reviewer.close())

const git = (...args: string[]): string => execFileSync('git', args).toString().trim()

/** Commits of this project with their parents, the newest first: as many as the clone has. */
function commits(most: number): (readonly [base: string, commit: string])[] {
  const lines = git('rev-list', '--parents', '--no-merges', `--max-count=${most}`, 'HEAD').split('\n')
  return lines.flatMap((line) => {
    const [commit, base] = line.split(' ')
    return base === undefined || commit === undefined ? [] : [[base, commit] as const]
  })
}

/**
 * Findings of secrets in it are false, as nobody's secret is in here; those of tests about secrets are right all the
 * same, as these hold what has the form of one.
 */
const isAboutSecrets = (file: string): boolean => /^test\/|^src\/.*patterns/.test(file)

test('changes of this project hold no secrets, and the gate finds none (R17)', { timeout: 600_000 }, async () => {
  const gitDir = git('rev-parse', '--path-format=absolute', '--git-common-dir')
  const all = commits(long ? 100_000 : 20)
  const wrong: string[] = []
  let [files, people] = [0, 0]
  for (const [base, commit] of all) {
    const { verdict, findings } = await reviewer.review({ gitDir, base, commit, policy: defaultReviewPolicy })
    files += git('diff-tree', '-r', '--name-only', base, commit).split('\n').length
    if (verdict === 'require_human') people++
    for (const { action, rule, file, line } of findings)
      if (action === 'block') wrong.push(`${commit.slice(0, 8)} ${rule} ${file}:${line}`)
  }
  const outside = wrong.filter((one) => !isAboutSecrets(one.split(' ')[2] ?? ''))
  report('diff gate, own history', {
    commits: all.length,
    files,
    needPerson: people,
    inTests: wrong.length - outside.length,
    wrong: outside,
  })
  expect(outside.length, outside.join('\n')).toBeLessThanOrEqual(files / 100)
})

/** Its own examples are secrets. */
const isSecretlint = (file: string): boolean => file.startsWith('node_modules/@secretlint/')

test('other people’s code, as it is installed here, holds none either (R17)', { timeout: 600_000 }, async () => {
  const all = globSync('node_modules/**/*.{js,ts,mjs,cjs,json,md,yml,yaml}').toSorted()
  const random = new Random(seed)
  const files = long ? all : Array.from({ length: 400 }, () => random.pick(all))
  const wrong: string[] = []
  let looked = 0
  for (const file of files) {
    const stat = statSync(file)
    // Packages may be called `something.js`.
    if (!stat.isFile() || stat.size > (long ? 5_000_000 : 200_000) || isSecretlint(file)) continue
    looked++
    const [found] = await searchFile(file, readFileSync(file), [])
    if (found !== undefined) wrong.push(`${found.rule} ${file}:${found.line}`)
  }
  report('diff gate, installed packages', { files: looked, wrong: wrong.length, some: wrong.slice(0, 10) })
  expect(wrong.length, wrong.join('\n')).toBeLessThanOrEqual(Math.max(2, looked / 100))
})
