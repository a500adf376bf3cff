import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'
import { Random } from '../support/random.ts'
import { long, seed } from './size.ts'

// The holder is killed at a moment at which a git has begun or ended, with the git or without it: while a workspace is
// made, a change kept, heads merged, a ref written. The next holder must end the run as if nothing had been.

const plan = `name: killed
context: { branch: result }
steps:
  - id: one
    run: echo one > a.txt
  - id: two
    run: echo two > b.txt
  - id: both
    depends_on: [one, two]
    run: cat a.txt b.txt > both.txt
  - id: alone
    run: echo alone > alone.txt
`

/** Of every run that is not killed; the last moments are those of the publication. */
const moments = 150
const random = new Random(seed)

/** One of each part of the run, or all. */
const parts = 6
const chosen = long
  ? Array.from({ length: moments }, (_, at) => at + 1)
  : Array.from({ length: parts }, (_, part) => 1 + Math.floor(((part + random.fraction()) * moments) / parts))

test.each(chosen.map((at, index) => [index % 2 === 0 ? 'gits' : 'git', at] as const))(
  `killed at %s:%i (seed ${seed}), a run ends with the same result, and nothing twice`,
  { timeout: 120_000 },
  async (word, at) => {
    await using project = new Project()
    const git = (...args: readonly string[]): string =>
      execFileSync('git', ['-C', project.folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    project.write('plan.yaml', plan)
    project.write('a.txt', 'a\n')
    project.write('.gitignore', '.orchd\n')
    for (const args of ['init -q -b main', 'config user.name Ada', 'config user.email ada@example.org', 'add .'])
      git(...args.split(' '))
    git('commit', '-qm', 'first')
    const before = [git('status', '--porcelain'), git('rev-parse', 'main')]

    const first = await project.start(['run', 'plan.yaml'], { ORCHD_TEST_CRASH: `${word}:${at}` }).ended
    const last = first.signal === null ? first : await project.orchd('resume')
    expect(last.code, last.stderr).toBe(0)

    const [run] = JSON.parse((await project.orchd('ps', '--all', '--json')).stdout) as [{ run_id: string }]
    expect(await project.json('status', run.run_id)).toMatchObject({ status: 'completed' })
    const changed = git(
      'log',
      '--no-merges',
      '--format=%(trailers:key=Orchd-Step,valueonly,separator=%x2C)',
      'main..result',
    )
    expect(changed.split('\n').filter(Boolean).toSorted()).toEqual(['alone', 'both', 'one', 'two'])
    expect(git('show', 'result:both.txt')).toBe('one\ntwo\n')
    expect([git('status', '--porcelain'), git('rev-parse', 'main')]).toEqual(before)
    expect(git('for-each-ref', '--format=%(refname)', 'refs/heads')).toBe('refs/heads/main\nrefs/heads/result\n')
    expect(git('fsck', '--no-dangling')).toBe('')
    expect(globSync('.git/**/*.lock', { cwd: project.folder })).toEqual([])
    expect(globSync('.orchd/workspaces/*/*/making-*', { cwd: project.folder })).toEqual([])
  },
)
