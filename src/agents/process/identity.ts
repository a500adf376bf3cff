import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** One process, so that another that gets the same number later is never mistaken for it. */
export type ProcessIdentity = {
  readonly pid: number
  /** Clock ticks from boot to its start (Linux), or an opaque text without blanks. */
  readonly startTime: string
  /** Which boot of the machine; numbers and start times mean nothing in another. */
  readonly bootId: string
}

/** Who has this number now; `null` when nobody that still runs (a zombie has ended). */
export function processIdentity(pid: number): ProcessIdentity | null {
  const startTime = process.platform === 'linux' ? linuxStartTime(pid) : psStartTime(pid)
  return startTime === null ? null : { pid, startTime, bootId: bootId() }
}

/** Whether exactly this process still runs, in this boot. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identity.bootId === bootId() && processIdentity(identity.pid)?.startTime === identity.startTime
}

/** `pid startTime bootId`, as `holder` and claims have it. */
export const formatIdentity = (identity: ProcessIdentity): string =>
  `${identity.pid} ${identity.startTime} ${identity.bootId}`

/** The opposite of `formatIdentity`; `null` for anything else, such as half a line. */
export function parseIdentity(text: string): ProcessIdentity | null {
  const [, pid, startTime, boot] = /^([1-9]\d{0,9}) (\S+) (\S+)\n?$/.exec(text) ?? []
  if (pid === undefined || startTime === undefined || boot === undefined) return null
  return { pid: Number(pid), startTime, bootId: boot }
}

let knownBootId: string | null = null

/** Changes with each boot of the machine, and only then. */
export function bootId(): string {
  knownBootId ??= readText('/proc/sys/kernel/random/boot_id')?.trim() ?? sysctlBootTime() ?? 'unknown'
  return knownBootId
}

/** Fields 3 (state) and 22 (start time) of proc_pid_stat(5); field 2 is a name and may hold blanks and brackets. */
function linuxStartTime(pid: number): string | null {
  const stat = readText(`/proc/${pid}/stat`)
  if (stat === null) return null
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ended = fields[0] === 'Z' || fields[0] === 'X'
  return ended ? null : (fields[19] ?? null)
}

function psStartTime(pid: number): string | null {
  const started = output('ps', ['-o', 'lstart=', '-p', String(pid)])
  return started === null || started === '' ? null : started.replaceAll(/\s+/g, '_')
}

function sysctlBootTime(): string | null {
  return /sec = (\d+)/.exec(output('sysctl', ['-n', 'kern.boottime']) ?? '')?.[1] ?? null
}

function output(command: string, args: readonly string[]): string | null {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 2000 }).trim()
  } catch {
    return null // no such process, or no such program: nothing is known
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null // the process is gone, or this is not Linux
  }
}
