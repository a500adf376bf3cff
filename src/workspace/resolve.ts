import { randomBytes } from 'node:crypto'
import { mkdir, realpath, rm } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { OrchdError } from '../base/errors.ts'
import { isJsonObject, type JsonObject } from '../base/json.ts'
import type { PullRequestTarget, RunContext } from '../run/change.ts'
import { git, GitError, gitLine } from './git.ts'
import { type GitHubSettings, targetOf } from './pull-request/remote.ts'
import { copyIndex } from './index-file.ts'
import { openRepository } from './repository.ts'

export type ContextRequest = {
  readonly context: JsonObject
  readonly projectFolder: string
  readonly stateFolder: string
  /** For a plan that asks for a pull request; `null`: it does not. */
  readonly pullRequest: { readonly github: GitHubSettings; readonly hasToken: boolean } | null
}

/**
 * Finds out where a run's work happens, before it starts: the repository, the commit to begin with, the branch for the
 * result. Nothing of the repository is changed.
 *
 * @throws OrchdError CONTEXT_UNUSABLE with what to do
 */
export async function resolveContext({
  context,
  projectFolder,
  stateFolder,
  pullRequest: wanted,
}: ContextRequest): Promise<RunContext> {
  const place = textOf(context['repository']) ?? '.'
  const branch = textOf(context['branch'])
  if (/^[a-z][a-z0-9+.-]+:\/\/|^[^/]+@[^/]+:/i.test(place)) {
    throw unusable(`the repository "${place}" is a URL`, 'clone it, and name the folder')
  }
  const found = await findRepository(place, resolve(projectFolder, place))
  const { gitDir, ownGitDir, workTree, folder } = found
  if (branch !== null) await checkBranch(branch)
  const env = { GIT_DIR: ownGitDir }
  const baseName = textOf(context['base']) ?? (await startOf(env, branch))
  const base = await commitNamed(baseName, env, place)
  const prefix = relative(workTree, folder)
  if (prefix !== '' && !(await isFolderIn(base, prefix, env))) {
    throw unusable(`the folder "${prefix}" is not in the commit ${base.slice(0, 12)} (${baseName})`, 'commit it first')
  }
  const author = await authorOf(env)
  const notes = [
    ...(await detachedNote(baseName, base, env)),
    ...(await partsNotes(base, env, place)),
    ...(await dirtyNote({ stateFolder, gitDir, ownGitDir, workTree, author, base, baseName })),
  ]
  const pullRequest = wanted === null ? {} : { pullRequest: await pullRequestTarget(env, place, wanted) }
  return { gitDir, workTree, prefix, base, baseName, branch, author, notes, ...extrasOf(context), ...pullRequest }
}

function extrasOf({ setup, copy }: JsonObject): Pick<RunContext, 'setup' | 'copy'> {
  const run = isJsonObject(setup) ? textOf(setup['run']) : null
  return {
    ...(isJsonObject(setup) && run !== null
      ? { setup: { run, key: textsOf(setup['key']), cache: textsOf(setup['cache']) } }
      : {}),
    ...(copy === undefined ? {} : { copy: textsOf(copy) }),
  }
}

/** Told before the work begins: nobody wants to hear of a missing token when hours of work are done. */
async function pullRequestTarget(
  env: Env,
  place: string,
  { github, hasToken }: NonNullable<ContextRequest['pullRequest']>,
): Promise<PullRequestTarget> {
  const help = 'mend it, or remove require_pr from the constraints'
  const { exitCode, stdout } = await git(['config', '--get', 'remote.origin.url'], { env, codes: [0, 1] })
  if (exitCode !== 0) throw unusable(`require_pr: the repository "${place}" has no remote "origin"`, help)
  const target = targetOf(stdout.trim(), github)
  if (!target.ok)
    throw unusable(
      `require_pr: ${target.error}`,
      `${help}; "github.url" in orchestrator_config.yaml names a GitHub of your own`,
    )
  if (!hasToken)
    throw unusable(
      'require_pr: GITHUB_TOKEN is not set',
      'set it to a token that may push and open pull requests, or remove require_pr from the constraints',
    )
  return target.value
}

const unusable = (message: string, help: string): OrchdError => new OrchdError('CONTEXT_UNUSABLE', message, { help })

type Found = {
  /** The git directory that all work trees share. */
  readonly gitDir: string
  /** That of this work tree. */
  readonly ownGitDir: string
  readonly workTree: string
  readonly folder: string
}

async function findRepository(place: string, path: string): Promise<Found> {
  const folder = await realpath(path).catch(() => null)
  if (folder === null) throw unusable(`the repository "${place}" is not there`, 'check "repository" in the context')
  // Whose folder it is does not matter: none of its settings can make git run anything.
  const questions = ['--is-bare-repository', '--is-inside-work-tree', '--absolute-git-dir', '--git-common-dir']
  const args = ['-c', 'safe.directory=*', 'rev-parse', ...questions]
  const { exitCode, stdout } = await git(args, { cwd: folder, codes: [0, 128] })
  const [bare, inside, ownGitDir = '', common = ''] = stdout.split('\n')
  if (bare === 'true') {
    throw unusable(
      `the repository "${place}" is bare: it has no work tree`,
      'make a work tree of it with `git worktree add` or `git clone`, and run the plan there',
    )
  }
  if (exitCode !== 0 || inside !== 'true') {
    throw unusable(
      `"${place}" is in no git repository`,
      'make one with `git init` and a first commit, or leave out "context" and "require_pr" to work in the folder itself',
    )
  }
  const workTree = await gitLine(['-c', 'safe.directory=*', 'rev-parse', '--show-toplevel'], { cwd: folder })
  return { gitDir: await realpath(resolve(folder, common)), ownGitDir, workTree: await realpath(workTree), folder }
}

type Env = { readonly [name: string]: string }

async function checkBranch(branch: string): Promise<void> {
  const { exitCode } = await git(['check-ref-format', '--branch', branch], { codes: [0, 1, 128] })
  if (exitCode !== 0) throw unusable(`"${branch}" cannot be the name of a branch`, 'choose another "branch"')
}

/** The tip of the result branch, where there is one: the work goes on there. */
async function startOf(env: Env, branch: string | null): Promise<string> {
  if (branch === null) return 'HEAD'
  const args = ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`]
  const { exitCode } = await git(args, { env, codes: [0, 1] })
  return exitCode === 0 ? branch : 'HEAD'
}

async function commitNamed(name: string, env: Env, place: string): Promise<string> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]
  const { exitCode, stdout } = await git(args, { env, codes: [0, 1, 128] })
  if (exitCode === 0) return stdout.trim()
  if (name === 'HEAD') throw unusable(`the repository "${place}" has no commit yet`, 'make a first commit')
  throw unusable(
    `the repository "${place}" has no commit "${name}"`,
    'check "base"; `git branch -a` lists the branches',
  )
}

async function isFolderIn(commit: string, path: string, env: Env): Promise<boolean> {
  const { exitCode, stdout } = await git(['cat-file', '-t', `${commit}:${path}`], { env, codes: [0, 128] })
  return exitCode === 0 && stdout.trim() === 'tree'
}

/** In whose name the user commits; without settings it is orchd's own. */
async function authorOf(env: Env): Promise<RunContext['author']> {
  const setting = async (name: string): Promise<string | null> => {
    const args = ['config', '--get', name]
    const { exitCode, stdout } = await git(args, { env, userSettings: true, codes: [0, 1, 128] })
    return exitCode === 0 && stdout.trim() !== '' ? stdout.trim() : null
  }
  const name = await setting('user.name')
  const email = await setting('user.email')
  return { name: name ?? 'orchd', email: email ?? 'orchd@localhost' }
}

async function detachedNote(baseName: string, base: string, env: Env): Promise<readonly string[]> {
  if (baseName !== 'HEAD') return []
  const { exitCode } = await git(['symbolic-ref', '--quiet', 'HEAD'], { env, codes: [0, 1] })
  return exitCode === 0 ? [] : [`HEAD is detached: the work starts from ${base.slice(0, 12)}`]
}

/** Parts of a repository that a checkout alone does not bring: they are told, or refused where the work could not go on. */
async function partsNotes(base: string, env: Env, place: string): Promise<readonly string[]> {
  const promisor = ['config', '--get-regexp', '^(extensions\\.partialclone|remote\\..*\\.promisor)$']
  if ((await git(promisor, { env, codes: [0, 1] })).exitCode === 0) {
    throw unusable(
      `the repository "${place}" is a partial clone: objects may be missing, and orchd fetches none`,
      'make it whole with `git fetch --refetch`, and unset remote.origin.promisor and remote.origin.partialclonefilter',
    )
  }
  const { stdout: attributes } = await git(
    ['grep', '-l', '-I', 'filter=lfs', base, '--', ':(top,glob)**/.gitattributes'],
    { env, codes: [0, 1] },
  )
  const { stdout: entries } = await git(['ls-tree', '-r', '--full-tree', '--format=%(objectmode)', base], { env })
  return [
    ...(attributes === ''
      ? []
      : ['files in Git LFS are only pointers in workspaces; context.setup or copy can bring them']),
    ...(entries.includes('160000') ? ['submodules are empty folders in workspaces; context.setup can fill them'] : []),
  ]
}

type Looked = Pick<RunContext, 'gitDir' | 'workTree' | 'author' | 'base' | 'baseName'> & {
  readonly stateFolder: string
  readonly ownGitDir: string
}

/** That the run does not see what is not committed. Looks with a copy of the index: the user's own is never written. */
async function dirtyNote({ stateFolder, ownGitDir, ...context }: Looked): Promise<readonly string[]> {
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
const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
