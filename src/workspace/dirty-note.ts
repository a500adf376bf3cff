import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunContext } from '../run/change.ts'
import { GitError, gitLine } from './git.ts'
import { copyIndex } from './index-file.ts'
import { openRepository } from './repository.ts'

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
    await copyIndex(join(ownGitDir, 'index'), index).catch(() => {}) // without one everything is new
    const at = { tree: context.workTree, index }
    const head = await gitLine(['rev-parse', 'HEAD'], { env: { GIT_DIR: ownGitDir } })
    await repository.clean(['update-index', '-q', '--refresh'], { ...at, codes: [0, 1] })
    const changed = await repository.clean(['diff-index', '--name-only', '-z', '--ignore-submodules', head], at)
    const others = ['ls-files', '--others', '--exclude-standard', '--directory', '--no-empty-directory', '-z']
    const untracked = await repository.clean(others, at)
    const count = countOf(changed.stdout) + countOf(untracked.stdout)
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

const countOf = (listed: string): number =>
  listed.split('\0').filter((path) => path !== '' && path !== '.orchd/').length
