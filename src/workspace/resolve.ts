import { realpath, stat } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { OrchdError } from '../base/errors.ts'
import { isJsonObject, type JsonObject } from '../base/json.ts'
import { branchNameProblem } from '../plan/branch-name.ts'
import type { PullRequestTarget, RunContext } from '../run/change.ts'
import { blockedBy } from './branch-room.ts'
import { addressOf, isUrl } from './clone/address.ts'
import { cloneOf, type CloneRequest } from './clone/clone.ts'
import { startIn } from './clone/start.ts'
import { dirtyNote } from './dirty-note.ts'
import { git, gitLine } from './git.ts'
import { pullRequestBase } from './pull-request/base.ts'
import { type GitHubSettings, targetOf } from './pull-request/remote.ts'

type PullRequestWish = {
  readonly github: GitHubSettings
  readonly hasToken: boolean
  /** The branch that it is for, if the plan says so. */
  readonly base: string | null
}

export type ContextRequest = {
  readonly context: JsonObject
  readonly projectFolder: string
  readonly stateFolder: string
  /** For a plan that asks for a pull request; `null`: it does not. */
  readonly pullRequest: PullRequestWish | null
  /** What a clone may be fetched with. */
  readonly token: CloneRequest['token']
}

/**
 * Finds out where a run's work happens, before it starts: the repository, the commit to begin with, the branch for the
 * result. Nothing of the repository is changed; one that is named by its URL is cloned, or its clone brought up to date.
 *
 * @throws OrchdError CONTEXT_UNUSABLE with what to do
 */
export async function resolveContext(request: ContextRequest): Promise<RunContext> {
  const { context } = request
  const place = textOf(context['repository']) ?? '.'
  const branch = textOf(context['branch'])
  if (branch !== null && branchNameProblem(branch) !== null)
    throw unusable(`"${branch}" cannot be the name of a branch`, 'choose another "branch"', 'branch')
  const { env, ...found } = isUrl(place) ? await clonedFrom(place, request) : await inFolder(place, request)
  await checkRoom(branch, env)
  const notes = [...found.notes, ...(await partsNotes(found.base, env, place))]
  const resolved = { ...found, branch, author: await authorOf(env), ...extrasOf(context) }
  if (request.pullRequest === null) return { ...resolved, notes }
  const target = await pullRequestTarget(env, place, request.pullRequest)
  const { baseName } = found
  const { base: asked } = request.pullRequest
  const base = await pullRequestBase({ asked, baseName, branch }, env)
  // A clone was fetched just now: what is not there will hardly come.
  if (found.clone !== undefined && asked !== null && base.notes.length > 0)
    throw unusable(
      `require_pr: the repository "${place}" has no branch "${base.branch}"`,
      `check "base" of require_pr; \`git ls-remote --heads ${place}\` lists the branches`,
      'require_pr.base',
    )
  return { ...resolved, notes: [...notes, ...base.notes], pullRequest: { ...target, base: base.branch } }
}

/** @property env how git is asked about it */
type Place = Omit<RunContext, 'branch' | 'author'> & { readonly env: Env }

async function clonedFrom(place: string, request: ContextRequest): Promise<Place> {
  const address = addressOf(place)
  if (!address.ok) throw unusable(address.error.message, address.error.help)
  if (request.pullRequest !== null) targetAt(place, request.pullRequest) // before it is fetched, which takes long
  const { context, stateFolder, projectFolder, token } = request
  const clone = await cloneOf({ stateFolder, address: address.value, token })
  const start = await startIn(clone, { base: textOf(context['base']), branch: textOf(context['branch']) })
  const env = { GIT_DIR: clone.gitDir }
  const base = await commitNamed(start.revision, start.baseName, env, place)
  return {
    env,
    gitDir: clone.gitDir,
    workTree: await realpath(projectFolder),
    prefix: '',
    base,
    baseName: start.baseName,
    clone: { url: place },
    notes: [
      `the work is done in a clone of ${place}, ${clone.gitDir}, and starts from ${start.baseName} (${base.slice(0, 12)})`,
    ],
  }
}

async function inFolder(place: string, { context, projectFolder, stateFolder }: ContextRequest): Promise<Place> {
  const { gitDir, ownGitDir, workTree, folder } = await findRepository(place, resolve(projectFolder, place))
  const env = { GIT_DIR: ownGitDir }
  const baseName = textOf(context['base']) ?? (await startOf(env, textOf(context['branch'])))
  const base = await commitNamed(await revisionOf(env, baseName), baseName, env, place)
  const prefix = relative(workTree, folder)
  if (prefix !== '' && !(await isFolderIn(base, prefix, env))) {
    throw unusable(`the folder "${prefix}" is not in the commit ${base.slice(0, 12)} (${baseName})`, 'commit it first')
  }
  const looked = { stateFolder, gitDir, ownGitDir, workTree, author: await authorOf(env), base, baseName }
  const notes = [...(await detachedNote(baseName, base, env)), ...(await dirtyNote(looked))]
  return { env, gitDir, workTree, prefix, base, baseName, notes }
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
  wish: PullRequestWish,
): Promise<Omit<PullRequestTarget, 'base'>> {
  const { exitCode, stdout } = await git(['config', '--get', 'remote.origin.url'], { env, codes: [0, 1] })
  if (exitCode !== 0) throw unusable(`require_pr: the repository "${place}" has no remote "origin"`, mend, 'require_pr')
  return targetAt(stdout.trim(), wish)
}

/**
 * Where pull requests for a remote go.
 *
 * @throws OrchdError CONTEXT_UNUSABLE
 */
export function targetAt(remoteUrl: string, { github, hasToken }: PullRequestWish): Omit<PullRequestTarget, 'base'> {
  const target = targetOf(remoteUrl, github)
  if (!target.ok)
    throw unusable(
      `require_pr: ${target.error}`,
      `${mend}; "github.url" in orchestrator_config.yaml names a GitHub of your own`,
      'require_pr',
    )
  if (!hasToken)
    throw unusable(
      'require_pr: GITHUB_TOKEN is not set',
      'set it to a token that may push and open pull requests, or remove require_pr from the constraints',
      'require_pr',
    )
  return target.value
}

const mend = 'mend it, or remove require_pr from the constraints'
type Part = 'repository' | 'branch' | 'base' | 'require_pr' | 'require_pr.base'

const unusable = (message: string, help: string, part: Part = 'repository'): OrchdError => {
  const at = part.startsWith('require_pr') ? ['constraints', ...part.split('.')] : ['context', part]
  return new OrchdError('CONTEXT_UNUSABLE', message, { help, at })
}

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
  const help = 'check "repository" in the context'
  if (folder === null) throw unusable(`the repository "${place}" is not there`, help)
  if (!(await stat(folder)).isDirectory()) throw unusable(`the repository "${place}" is no folder`, help)
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

/** Told before the work begins: git keeps branches as files, so that one cannot be beside another that is its folder. */
async function checkRoom(branch: string | null, env: Env): Promise<void> {
  const wanted = branch ?? 'orchd/<run>'
  const blocking = await blockedBy(wanted, env)
  if (blocking === null) return
  const why = branch === null ? ', and the context names none for the result' : ''
  throw unusable(
    `a branch "${wanted}" cannot be made beside the branch "${blocking}"${why}`,
    `choose ${branch === null ? 'a' : 'another'} "branch" in the context`,
    'branch',
  )
}

/** The tip of the result branch, where there is one: the work goes on there. */
async function startOf(env: Env, branch: string | null): Promise<string> {
  return branch !== null && (await hasBranch(env, branch)) ? branch : 'HEAD'
}

/** People mean the branch, where git would take a tag of the same name. */
const revisionOf = async (env: Env, name: string): Promise<string> =>
  (await hasBranch(env, name)) ? `refs/heads/${name}` : name

async function hasBranch(env: Env, name: string): Promise<boolean> {
  const args = ['rev-parse', '--verify', '--quiet', `refs/heads/${name}`]
  return (await git(args, { env, codes: [0, 1] })).exitCode === 0
}

/** @param name what people call the revision */
async function commitNamed(revision: string, name: string, env: Env, place: string): Promise<string> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]
  const { exitCode, stdout } = await git(args, { env, codes: [0, 1, 128] })
  if (exitCode === 0) return stdout.trim()
  if (name === 'HEAD') throw unusable(`the repository "${place}" has no commit yet`, 'make a first commit')
  throw unusable(
    `the repository "${place}" has no commit "${name}"`,
    'check "base"; `git branch -a` lists the branches',
    'base',
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

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
