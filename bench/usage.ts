/** What processes use, from /proc: Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

const ticksPerSecond = 100

/** Seconds of CPU of a process and of the children that it has waited for. */
export function cpuSecondsOf(pid: number | 'self'): number {
  const fields = statOf(pid)
  return fields === null ? 0 : fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond
}

/** Seconds of CPU of the children that this process has waited for. */
export function cpuSecondsOfEnded(): number {
  const fields = statOf('self') ?? []
  return (Number(fields[13]) + Number(fields[14])) / ticksPerSecond
}

/** The same of a process with all its children that live: a holder, its launcher with the steps, its exporter. */
export function cpuSecondsOfTree(pid: number): number {
  return [pid, ...childrenOf(pid)].reduce((sum, one) => sum + cpuSecondsOf(one), 0)
}

export function childrenOf(parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && statOf(Number(name))?.[1] === String(parent))
    .map(Number)
}

/** Resident megabytes: now, or at most since the process began. */
export function rssMb(pid: number, when: 'now' | 'peak' = 'now'): number {
  const field = when === 'now' ? 'VmRSS' : 'VmHWM'
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(text)?.[1] ?? Number.NaN) / 1024)
}

/** Fields of proc_pid_stat(5) from the third on; `null` when it has ended. */
function statOf(pid: number | 'self'): readonly string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}
