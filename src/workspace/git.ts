/** What one call of git came to. An exit code other than 0 is the caller's to judge. */
export type GitResult = { readonly exitCode: number; readonly stdout: string; readonly stderr: string }

/** @param end ends the git that has begun; `null`: it has ended by itself */
export type GitWatch = (end: (() => void) | null) => void

export type GitCall = {
  readonly env?: { readonly [name: string]: string }
  /** @default the root folder, where there is no repository to be discovered */
  readonly cwd?: string
  readonly input?: string
  readonly signal?: AbortSignal | undefined
  /** Reads the settings of the user and of the machine, too: only to look up a value. */
  readonly userSettings?: boolean
  /** Reaches a remote as the user does: by settings, keys and credential helpers that nobody else can write. */
  readonly network?: boolean
  /** Is told when a git has begun, and when it has ended. */
  readonly watch?: GitWatch | undefined
  /** Exit codes that are answers and not mistakes. @default only 0 */
  readonly codes?: readonly number[]
  /** A character of input and output is a byte: names of files need not be UTF-8. */
  readonly bytes?: boolean
  /** How long it may take. */
  readonly timeoutMs?: number
}

/** A call of git that failed, with what it said. */
export class GitError extends Error {
  readonly result: GitResult
  /** It was ended, since it took longer than it might. */
  readonly timedOut: boolean

  constructor(args: readonly string[], result: GitResult, timedOut = false) {
    const said = result.stderr.trim().split('\n').slice(-3).join('; ')
    const words = args.filter((arg, at) => arg !== '-c' && args[at - 1] !== '-c')
    super(`git ${words.slice(0, 3).join(' ')}: exit code ${result.exitCode}${said === '' ? '' : `: ${said}`}`)
    this.name = 'GitError'
    this.result = result
    this.timedOut = timedOut
  }
}

/**
 * What no git of ours may do, whatever a repository's own configuration says: run a command that the configuration names,
 * ask for a password, or clean up behind our back. Settings of the user and of the machine are not read at all.
 */
const settings = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.untrackedCache=false',
  'core.attributesFile=/dev/null',
  'core.alternateRefsCommand=',
  'core.quotePath=false',
  'core.pager=cat',
  'diff.external=',
  'diff.ignoreSubmodules=none',
  'protocol.ext.allow=never',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'log.showSignature=false',
  'commit.gpgSign=false',
  // What the journal tells of must be on the disk.
  'core.fsync=committed,reference',
  'core.fsyncMethod=batch',
  'merge.renames=true',
  'advice.detachedHead=false',
].flatMap((setting) => ['-c', setting])

const withoutHelpers = ['-c', 'credential.helper=']

const clean = {
  PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_LAZY_FETCH: '1',
  HOME: '/nonexistent',
  LC_ALL: 'C',
}

const { GIT_CONFIG_NOSYSTEM: _, GIT_CONFIG_GLOBAL: __, GIT_ATTR_NOSYSTEM: ___, HOME: ____, ...networked } = clean

const mostOutput = 256 * 1024 * 1024

/**
 * Runs git in a process of its own, with nothing of the holder's environment but PATH, and with no repository but the one
 * that `env` names: nothing is ever discovered from a folder that an agent could write to.
 *
 * @throws GitError for any exit code that is not in `codes`, and the signal's reason when it was aborted
 */
export async function git(args: readonly string[], call: GitCall = {}): Promise<GitResult> {
  const { env = {}, cwd = '/', input, signal, userSettings = false, network = false, watch, codes = [0] } = call
  const { bytes = false, timeoutMs } = call
  // Its hundred modules take longer to load than many a command that needs no git takes in all.
  const { execa } = await import('execa')
  const running = execa('git', [...settings, ...(network ? [] : withoutHelpers), ...args], {
    cwd,
    env: { ...(userSettings ? {} : network ? networked : clean), ...env },
    extendEnv: userSettings,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: mostOutput,
    encoding: bytes ? 'latin1' : 'utf8',
    ...(input === undefined ? { stdin: 'ignore' as const } : { input: bytes ? Buffer.from(input, 'latin1') : input }),
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
    // What it starts to speak with the remote ends with it, and has no terminal to ask at.
    detached: network,
  })
  if (network) signal?.addEventListener('abort', () => endGroup(running.pid), { once: true })
  watch?.(() => running.kill('SIGKILL'))
  const result = await running
  watch?.(null)
  signal?.throwIfAborted()
  const { exitCode = -1, stdout, stderr, timedOut } = result
  if (timedOut) {
    const late = { exitCode, stdout, stderr: `it took longer than ${timeoutMs} ms` }
    throw new GitError(args, late, true)
  }
  const told = { exitCode, stdout, stderr: exitCode === -1 && stderr === '' ? (result.shortMessage ?? '') : stderr }
  if (!codes.includes(exitCode)) throw new GitError(args, told)
  return told
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGTERM')
  } catch {} // it has ended by itself
}

/** The first line of what git prints. */
export async function gitLine(args: readonly string[], call: GitCall = {}): Promise<string> {
  const { stdout } = await git(args, call)
  return stdout.split('\n', 1)[0] ?? ''
}
