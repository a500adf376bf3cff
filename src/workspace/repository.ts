import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { RunContext } from '../run/change.ts'
import { git, type GitCall, gitLine, type GitResult, type GitWatch } from './git.ts'

/**
 * A repository as orchd works with it. Refs are read and written in the repository itself; whatever looks at a work tree
 * goes through a shadow of it: a git directory of ours with a clean configuration, which shares the repository's objects.
 * So neither an agent's workspace nor the repository's own configuration can make git run a filter, hook or helper.
 */
export type Repository = {
  readonly gitDir: string
  readonly objects: string
  /** A git call on refs and commits; no work tree. */
  main(args: readonly string[], call?: GitCall): Promise<GitResult>
  /** A git call on another repository. */
  other(args: readonly string[], call?: GitCall): Promise<GitResult>
  /** A git call on objects, with a clean configuration; with a work tree and an index when they are given. */
  clean(
    args: readonly string[],
    call?: GitCall & { readonly tree?: string; readonly index?: string },
  ): Promise<GitResult>
}

/** Opens a repository; its shadow is made the first time, in the state folder. */
export async function openRepository(
  stateFolder: string,
  { gitDir, author }: Pick<RunContext, 'gitDir' | 'author'>,
  watch?: GitWatch,
): Promise<Repository> {
  const objects = join(gitDir, 'objects')
  const shadow = await shadowOf(stateFolder, gitDir)
  const people = {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_COMMITTER_NAME: author.name,
    GIT_COMMITTER_EMAIL: author.email,
  }
  const shallow = join(gitDir, 'shallow')
  return {
    gitDir,
    objects,
    main: (args, call = {}) => git(args, { watch, ...call, env: { ...people, ...call.env, GIT_DIR: gitDir } }),
    other: (args, call = {}) => git(args, { watch, ...call }),
    clean: (args, { tree, index, ...call } = {}) =>
      git(args, {
        watch,
        ...call,
        cwd: tree ?? '/',
        env: {
          ...people,
          ...call.env,
          GIT_DIR: shadow,
          GIT_OBJECT_DIRECTORY: objects,
          ...(existsSync(shallow) ? { GIT_SHALLOW_FILE: shallow } : {}),
          ...(tree === undefined ? {} : { GIT_WORK_TREE: tree }),
          ...(index === undefined ? {} : { GIT_INDEX_FILE: index }),
        },
      }),
  }
}

async function shadowOf(stateFolder: string, gitDir: string): Promise<string> {
  const name = createHash('sha256').update(gitDir).digest('hex').slice(0, 16)
  const shadow = join(stateFolder, 'git', name)
  if (!existsSync(shadow)) {
    const format = await gitLine(['rev-parse', '--show-object-format'], { env: { GIT_DIR: gitDir } })
    const made = `${shadow}.${randomBytes(6).toString('hex')}`
    await mkdir(dirname(shadow), { recursive: true, mode: 0o700 })
    await git(['init', '--quiet', '--template=', `--object-format=${format}`, '--bare', made])
    await writeFile(join(made, 'config'), await configOf(made))
    await mkdir(join(made, 'info'), { recursive: true })
    await rename(made, shadow).catch(async (error: unknown) => {
      await rm(made, { recursive: true, force: true })
      if (!existsSync(shadow)) throw error // else somebody else was quicker
    })
  }
  await copyExcludes(gitDir, shadow)
  return shadow
}

/** With `bare` a work tree from the environment would be refused. */
const configOf = async (made: string): Promise<string> =>
  (await readFile(join(made, 'config'), 'utf8')).replace('bare = true', 'bare = false')

/** What the user ignores in this repository only is ignored in its workspaces, too. */
async function copyExcludes(gitDir: string, shadow: string): Promise<void> {
  const excludes = await readFile(join(gitDir, 'info', 'exclude'), 'utf8').catch(() => '')
  const file = join(shadow, 'info', 'exclude')
  if (excludes === (await readFile(file, 'utf8').catch(() => null))) return
  const next = `${file}.${randomBytes(6).toString('hex')}`
  await writeFile(next, excludes)
  await rename(next, file)
}
