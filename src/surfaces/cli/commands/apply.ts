import { existsSync } from 'node:fs'
import { execa } from 'execa'
import { OrchdError } from '../../../base/errors.ts'
import type { RunResponse } from '../../../ports/response.ts'
import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { Session } from '../follow/session.ts'

type Clone = NonNullable<RunResponse['clone']>

/** Nothing of a repository's settings has anything run. */
const settings = ['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'diff.external='].flatMap((one) => ['-c', one])

/**
 * `orchd apply RUN`: brings a run's result into the working tree, without a commit: that of the current folder, and where
 * it is of another repository, the one that the plan names. All or nothing: where it would overwrite something that is
 * not committed, nothing is changed.
 */
export async function apply(deps: CliDeps, run: string, { state }: { readonly state: string | null }): Promise<number> {
  await using session = await Session.open(deps, { state, mayHold: true, readOnly: true })
  const { run_id: id, steps, clone, work_tree: tree, artifacts } = await session.client.run(run)
  const { step, base, commit, files, cut } = await session.client.diff(id, null)
  const outcome = steps.find((one) => one.id === step)?.outcome ?? null
  if (outcome !== 'success') {
    const stands = outcome === null ? 'waits to be reviewed' : `ended with ${outcome}`
    throw new OrchdError('APPLY_REFUSED', `nothing was changed: "${step}" of run "${id}" ${stands}`, {
      help: `orchd diff ${id} shows its change, orchd review ${id} what was found in it`,
    })
  }
  const brought = await bringIn(deps.cwd, base, commit, id).catch((error: unknown) => {
    if (!(error instanceof OrchdError) || error.code !== 'CHANGE_NOT_FOUND') throw error
    if (clone !== null) throw noWorkingTree(id, clone, artifacts.branch ?? commit)
    if (tree === null || !existsSync(tree)) throw error
    return bringIn(tree, base, commit, id) // the plan's repository is not that of this folder
  })
  const count = `${files.length}${cut ? ' or more' : ''} ${files.length === 1 && !cut ? 'file' : 'files'}`
  deps.stdout.write(
    brought.changed
      ? `${count} of run ${id} changed in ${brought.top}\n`
      : `the result of run ${id} is in ${brought.top} already: nothing was changed\n`,
  )
  return exitCodes.ok
}

/** @property changed `false`: all of it was there already */
type Brought = { readonly top: string; readonly changed: boolean }

/**
 * Changes the files of the work tree around a folder from one commit to another.
 *
 * @throws OrchdError CHANGE_NOT_FOUND, APPLY_REFUSED
 */
export async function bringIn(folder: string, base: string, commit: string, run: string): Promise<Brought> {
  const top = (await git(folder, ['rev-parse', '--show-toplevel'])).stdout.toString().replace(/\n$/, '')
  // Not `diff`: the user's settings decide what that looks like.
  const how = ['-r', '-p', '--binary', '--full-index', '--no-renames', '--no-ext-diff', '--no-textconv', '--no-color']
  const patch = await git(folder, ['diff-tree', ...how, base, commit])
  if (top === '' || patch.exitCode !== 0) {
    throw new OrchdError('CHANGE_NOT_FOUND', `the commits of run "${run}" are not in the repository of this folder`, {
      help: 'go to a work tree that has them; orchd status RUN --json tells where the work started ("work_tree")',
    })
  }
  if (patch.stdout.length === 0) return { top, changed: false }
  const applied = await git(top, ['apply', '--whitespace=nowarn', '-'], patch.stdout)
  if (applied.exitCode === 0) return { top, changed: true }
  const back = await git(top, ['apply', '--check', '--reverse', '--whitespace=nowarn', '-'], patch.stdout)
  if (back.exitCode === 0) return { top, changed: false }
  const why = applied.stderr.toString().trim().split('\n').slice(0, 5).join('; ')
  throw new OrchdError('APPLY_REFUSED', `nothing was changed: the result does not fit the working tree (${why})`)
}

/** It is brought to where there is one: a clone of the user's own. */
function noWorkingTree(id: string, { url, git_dir: path }: Clone, what: string): OrchdError {
  const message = `run "${id}" worked in a clone of ${url} that has no working tree, and this folder has not its commits`
  return new OrchdError('CHANGE_NOT_FOUND', message, {
    help: `in a clone of your own: git fetch ${path} ${what}, and then orchd apply ${id} or git merge FETCH_HEAD`,
  })
}

/** What git says as bytes: files may be in any encoding. */
async function git(
  cwd: string,
  args: readonly string[],
  input: Uint8Array = Buffer.alloc(0),
): Promise<{ readonly exitCode: number; readonly stdout: Buffer; readonly stderr: Buffer }> {
  const options = {
    cwd,
    input,
    reject: false,
    encoding: 'buffer',
    stripFinalNewline: false,
    maxBuffer: 1 << 30,
  } as const
  const { exitCode = 1, stdout, stderr } = await execa('git', [...settings, ...args], options)
  return { exitCode, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) }
}
