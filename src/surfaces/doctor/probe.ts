import { constants } from 'node:fs'
import { access, readFile, stat, statfs } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { execa } from 'execa'
import type { FolderProbe, Known, Probed } from './facts.ts'

const timeoutMs = 2000

/** Tries what orchd needs from this machine. Everything has a short time limit, and nothing is changed. */
export async function probe({ path, stateFolder, inbox, tracesUrl, compiledLauncher }: Known): Promise<Probed> {
  const { firstLine, succeeds } = programsOn(path)
  const [git, perl, launcherRuns, sh, bash, stateProbe, inboxProbe, openFiles, collectorListens] = await Promise.all([
    firstLine('git', '--version'),
    firstLine('perl', '-MPOSIX', '-MFcntl', '-e', 'print "perl $^V"'),
    compiledLauncher === null ? null : succeeds(compiledLauncher, '--version'),
    firstLine('sh', '-c', 'echo sh'),
    firstLine('bash', '--version'),
    probeFolder(stateFolder),
    probeFolder(inbox),
    openFileLimit(),
    tracesUrl === null ? null : listens(tracesUrl),
  ])
  const { platform, versions } = process
  const tools = { git, perl, launcherRuns, sh, bash }
  return { platform, node: versions.node, ...tools, stateProbe, inboxProbe, openFiles, collectorListens }
}

/** Runs programs with the PATH alone: none that is only asked for its version needs to see a secret. */
function programsOn(path: string): Programs {
  const run = (
    program: string,
    args: readonly string[],
  ): Promise<{ readonly failed: boolean; readonly stdout: string }> =>
    execa(program, args, {
      reject: false,
      timeout: timeoutMs,
      stdin: 'ignore',
      stderr: 'ignore',
      maxBuffer: 10_000,
      extendEnv: false,
      env: { PATH: path, LC_ALL: 'C' },
    })
  return {
    firstLine: async (program, ...args) => {
      const { failed, stdout } = await run(program, args)
      return failed ? null : (stdout.split('\n', 1)[0] ?? '').trim()
    },
    succeeds: async (program, ...args) => !(await run(program, args)).failed,
  }
}

type Programs = {
  /** What the program printed; `null` when it is not there or fails. */
  readonly firstLine: (program: string, ...args: readonly string[]) => Promise<string | null>
  readonly succeeds: (program: string, ...args: readonly string[]) => Promise<boolean>
}

async function probeFolder(path: string): Promise<FolderProbe> {
  const found = await stat(path).catch(() => null)
  const nearest = found === null ? await nearestFolder(path) : path
  const isWritable = await access(nearest, constants.W_OK).then(
    () => true,
    () => false,
  )
  const disk = await statfs(nearest).catch(() => null)
  return {
    isThere: found !== null,
    isFolder: found?.isDirectory() ?? false,
    isWritable,
    isOurs: found === null || process.getuid === undefined || found.uid === process.getuid(),
    mode: found === null ? 0 : found.mode & 0o777,
    freeBytes: disk === null ? null : disk.bavail * disk.bsize,
  }
}

async function nearestFolder(path: string): Promise<string> {
  for (let above = dirname(path); ; above = dirname(above)) {
    if ((await stat(above).catch(() => null)) !== null || above === dirname(above)) return above
  }
}

async function openFileLimit(): Promise<number | null> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '')
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1]
  if (soft === undefined) return null
  return soft === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(soft)
}

/** Connects and hangs up: a span that nobody sent on purpose would confuse. */
function listens(address: string): Promise<boolean> {
  const { protocol, hostname, port } = new URL(address)
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'https:' ? 443 : 80),
  })
  return new Promise((resolve) => {
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(timeoutMs, () => end(false))
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}
