import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** How a step's process leaves others behind; each sleeps for a time that marks whose it is. */
const shapes = {
  background: (sleep: string) => `${sleep} &`,
  session: (sleep: string) => `setsid ${sleep} &`,
  grandchildren: (sleep: string) => `setsid sh -c '${sleep} & ${sleep}' &`,
  orphaned: (sleep: string) => `(setsid ${sleep} &);`,
  /** Without the attempt's mark, and in a session of its own: only its launcher knows whose it is. */
  unmarked: (sleep: string) => `(env -i setsid ${sleep} &);`,
}
export type Shape = keyof typeof shapes
export const allShapes = Object.keys(shapes) as Shape[] // the keys of a literal

let made = 0

/** Steps whose processes have families, told apart from all others on this machine by how long they sleep. */
export class Family {
  readonly shape: Shape
  readonly #mark: string

  constructor(shape: Shape) {
    this.shape = shape
    this.#mark = `1000.${process.pid}${String(++made).padStart(6, '0')}`
  }

  /** A command that founds it and then does `then`. */
  command(then: string): string {
    return `${shapes[this.shape](`sleep ${this.#mark}`)} ${then}`
  }

  /** Those of it that live, the shell that founded it included. */
  members(): number[] {
    return pids().filter((pid) => commandLine(pid).includes(this.#mark))
  }

  end(): void {
    for (const pid of this.members()) process.kill(pid, 'SIGKILL')
  }
}

/** The launchers of a state folder's attempts, as their claims name them. */
export function launchersOf(stateFolder: string): number[] {
  const claims = readdirSync(join(stateFolder, 'runs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\/claim(\.\d+)?$/.test(name))
    .map((name) => Number.parseInt(readlinkSync(join(stateFolder, 'runs', name)), 10))
  return [...new Set(claims)].filter((pid) => /\/launcher[.-]/.test(commandLine(pid)))
}

const pids = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)

/** Empty when it has ended, or is a zombie. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}
