import { execFileSync } from 'node:child_process'
import type { Expectation } from './case.ts'

/** Makes a folder a git repository whose only commit has all that is in it. */
export function makeRepository(folder: string): void {
  git(folder, 'init', '--quiet', '--initial-branch=main')
  git(folder, 'config', 'user.name', 'Ada')
  git(folder, 'config', 'user.email', 'ada@example.org')
  git(folder, 'add', '--all')
  git(folder, 'commit', '--quiet', '--message=first')
}

/** The files of branches that a case names, as they are. */
export function branchesIn(folder: string, expected: Expectation['branches']): Expectation['branches'] {
  return Object.fromEntries(
    Object.entries(expected).map(([branch, files]) => {
      const ref = `refs/heads/${branch}`
      if (attempt(folder, 'rev-parse', '--verify', ref) === null) return [branch, null]
      const paths = Object.keys(files ?? {})
      return [branch, Object.fromEntries(paths.map((path) => [path, attempt(folder, 'show', `${ref}:${path}`)]))]
    }),
  )
}

const git = (folder: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

function attempt(folder: string, ...args: readonly string[]): string | null {
  try {
    return git(folder, ...args)
  } catch {
    return null
  }
}
