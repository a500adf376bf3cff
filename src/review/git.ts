import { OrchdError } from '../base/errors.ts'

/**
 * Reads a repository and nothing else: whatever an agent wrote into it, git runs no command for it.
 *
 * @param firstBytes of its output no more than these are wanted: then git is ended
 */
export type ReadGit = (args: readonly string[], input?: string, firstBytes?: number) => Promise<Buffer>

const settings = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.attributesFile=/dev/null',
  'diff.external=',
  'diff.renameLimit=5000',
  'protocol.ext.allow=never',
]

const mostBytes = 1 << 30
const timeoutMs = 10 * 60_000

/**
 * Git on one repository, named and never looked for, with no configuration but the repository's own, and no work tree.
 *
 * @throws OrchdError REVIEW_FAILED
 */
export function readGit(gitDir: string, path: string | undefined): ReadGit {
  const env = {
    PATH: path ?? '/usr/local/bin:/usr/bin:/bin',
    LC_ALL: 'C',
    HOME: '/nonexistent',
    GIT_DIR: gitDir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
    // No attributes of the repository's own index, and paths that mean themselves.
    GIT_INDEX_FILE: '/nonexistent/index',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_TERMINAL_PROMPT: '0',
  }
  return async (args, input = '', firstBytes) => {
    const command = [...settings.flatMap((setting) => ['-c', setting]), ...args]
    const options = {
      env,
      extendEnv: false,
      input,
      cwd: '/',
      encoding: 'buffer',
      maxBuffer: firstBytes ?? mostBytes,
    } as const
    const { execa } = await import('execa')
    const done = await execa('git', command, { ...options, timeout: timeoutMs, reject: false })
    if (!done.failed || (firstBytes !== undefined && done.isMaxBuffer)) return Buffer.from(done.stdout)
    const said = Buffer.from(done.stderr ?? '')
      .toString()
      .trim()
      .split('\n')[0]
    const why = said === undefined || said === '' ? (done.shortMessage ?? 'no reason given') : said
    throw new OrchdError('REVIEW_FAILED', `the change could not be reviewed, git ${args[0]} failed: ${why}`, {})
  }
}
