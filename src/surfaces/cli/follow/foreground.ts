import { readFileSync } from 'node:fs'

/**
 * Whether the terminal is ours: behind `orchd run … &` it is the shell's, and touching it would stop us (SIGTTOU).
 * Where /proc does not tell, it is taken for ours.
 * @see proc_pid_stat(5): `pgrp` and `tpgid`, counted behind the name in parentheses
 */
export function isInForeground(): boolean {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /su, '')
      .split(' ')
    return fields[2] === fields[5]
  } catch {
    return true
  }
}
