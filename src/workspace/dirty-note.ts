import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunContext } from '../run/change.ts'
import { git, GitError, gitLine } from './git.ts'
import { copyIndex } from './index-file.ts'
import { openRepository, type Repository } from './repository.ts'

type Looked = Pick<RunContext, 'gitDir' | 'workTree' | 'author' | 'base' | 'baseName'> & {
  readonly stateFolder: string
  readonly ownGitDir: string
}

/** That the run does not see what is not committed. Looks with a copy of the index: the user's own is never written. */
export async function dirtyNote({ stateFolder, ownGitDir, ...context }: Looked): Promise<readonly string[]> {
  const repository = await openRepository(stateFolder, context)
  const folder = join(stateFolder, 'git')
  const index = join(folder, `looked.${randomBytes(6).toString('hex')}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  try {
    const own = join(ownGitDir, 'index')
    await copyIndex(own, index).catch(() => {}) // without one everything is new
    const at = { tree: context.workTree, index }
    const head = await gitLine(['rev-parse', 'HEAD'], { env: { GIT_DIR: ownGitDir } })
    const settings = await settingsOfFiles(ownGitDir)
    await repository.clean([...settings, 'update-index', '-q', '--refresh'], { ...at, codes: [0, 1] })
    const changed = await changedFiles(repository, at, settings, head)
    const filtered = await filteredOf(repository, at, changed)
    if (filtered.size > 0) await copyAsYoung(own, index)
    const touched = filtered.size === 0 ? [] : await changedFiles(repository, at, settings, head)
    const others = ['ls-files', '--others', '--exclude-standard', '--directory', '--no-empty-directory', '-z']
    const untracked = namesIn((await repository.clean(others, at)).stdout)
    const isCounted = (path: string): boolean => !filtered.has(path) || touched.includes(path)
    const count = [...changed.filter(isCounted), ...untracked].filter((path) => path !== '.orchd/').length
    if (count === 0) return []
    const files = count === 1 ? '1 file that is not committed is' : `${count} files that are not committed are`
    return [`${files} no part of the run: it starts from ${context.baseName} (${context.base.slice(0, 12)})`]
  } catch (error) {
    if (error instanceof GitError) return [`what is not committed could not be looked at: ${error.message}`]
    throw error
  } finally {
    await rm(index, { force: true })
    await rm(`${index}.lock`, { force: true })
  }
}

type At = { readonly tree: string; readonly index: string }

/** The user's settings of how files are on the disk: none of them can make git run anything. */
async function settingsOfFiles(gitDir: string): Promise<readonly string[]> {
  const names = '^core\\.(autocrlf|eol|filemode|symlinks)$'
  const { stdout } = await git(['config', '--null', '--get-regexp', names], {
    env: { GIT_DIR: gitDir },
    userSettings: true,
    codes: [0, 1],
  })
  return namesIn(stdout).flatMap((line) => ['-c', line.replace('\n', '=')])
}

async function changedFiles(
  repository: Repository,
  at: At,
  settings: readonly string[],
  head: string,
): Promise<readonly string[]> {
  const args = [...settings, 'diff-index', '--name-only', '-z', '--ignore-submodules', head]
  return namesIn((await repository.clean(args, at)).stdout)
}

/**
 * Those that a filter (Git LFS, for example) stands before. It is not run, so that their content always looks changed; with
 * an index that is younger than all files git takes those for unchanged that have the size and the times noted there.
 */
async function filteredOf(repository: Repository, at: At, paths: readonly string[]): Promise<ReadonlySet<string>> {
  if (paths.length === 0) return new Set()
  const input = paths.map((path) => `${path}\0`).join('')
  const { stdout } = await repository.clean(['check-attr', '-z', '--stdin', 'filter'], { ...at, input })
  const told = stdout.split('\0') // path, attribute, value, and so on
  return new Set(
    told.filter((_, index) => index % 3 === 0 && !['unspecified', 'unset', undefined].includes(told[index + 2])),
  )
}

async function copyAsYoung(from: string, to: string): Promise<void> {
  await copyFile(from, to)
  const soon = Date.now() / 1000 + 60
  await utimes(to, soon, soon)
}

const namesIn = (listed: string): readonly string[] => listed.split('\0').filter((path) => path !== '')
