import { execa } from 'execa'
import { OrchdError } from '../../../base/errors.ts'
import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { Session } from '../follow/session.ts'

/** Nothing of a repository's settings has anything run. */
const settings = ['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'diff.external='].flatMap((one) => ['-c', one])

/**
 * `orchd apply RUN`: brings a run's result into the working tree, without a commit. All or nothing: where it would
 * overwrite something that is not committed, nothing is changed.
 */
export async function apply(deps: CliDeps, run: string, { state }: { readonly state: string | null }): Promise<number> {
  await using session = await Session.open(deps, { state, mayHold: true, readOnly: true })
  const { run_id: id } = await session.client.run(run)
  const { base, commit, files } = await session.client.diff(id, null)
  const git = (args: readonly string[], input?: string): ReturnType<typeof call> => call(deps.cwd, args, input)
  const top = (await git(['rev-parse', '--show-toplevel'])).stdout.trim()
  const patch = await git([
    'diff',
    '--binary',
    '--full-index',
    '--no-ext-diff',
    '--no-textconv',
    '--no-color',
    base,
    commit,
  ])
  if (top === '' || patch.exitCode !== 0) {
    throw new OrchdError('CHANGE_NOT_FOUND', `the commits of run "${id}" are not in the repository of this folder`)
  }
  const applied = await call(top, ['apply', '--whitespace=nowarn', '-'], patch.stdout)
  if (applied.exitCode !== 0) {
    const why = applied.stderr.trim().split('\n').slice(0, 5).join('; ')
    throw new OrchdError('APPLY_REFUSED', `nothing was changed: the result does not fit the working tree (${why})`)
  }
  deps.stdout.write(`${files.length} ${files.length === 1 ? 'file' : 'files'} of run ${id} changed in ${top}\n`)
  return exitCodes.ok
}

async function call(
  cwd: string,
  args: readonly string[],
  input?: string,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const {
    exitCode = 1,
    stdout,
    stderr,
  } = await execa('git', [...settings, ...args], {
    cwd,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: 1 << 30,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  })
  return { exitCode, stdout, stderr }
}
