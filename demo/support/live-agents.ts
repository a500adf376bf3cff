import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Project } from './orchd.ts'

/**
 * Looks at the kernel's list of processes again and again, and counts the agents of a project that are alive: attempts with
 * a process that has `WORKER` in its environment. Knows nothing of what orchd says.
 */
export class LiveAgents {
  readonly #folder: string
  readonly #looks: (readonly string[])[] = []
  readonly #over = new AbortController()
  readonly #looking: Promise<void>

  constructor({ folder }: Project) {
    this.#folder = folder
    this.#looking = this.#look()
  }

  async #look(): Promise<void> {
    while (!this.#over.signal.aborted) {
      // A look takes a while. What is there before and after is there at once.
      const before = this.#alive(readdirSync('/proc'))
      const after = this.#alive([...before.keys()])
      this.#looks.push([...new Set(after.values())])
      await delay(20)
    }
  }

  /** Who works for which attempt, by the numbers of processes. */
  #alive(pids: readonly string[]): Map<string, string> {
    const found = new Map<string, string>()
    for (const pid of pids) {
      const environment = environmentOf(pid)
      if (environment.get('PLACE') !== this.#folder) continue
      const [worker, run, step, attempt] = ['WORKER', 'ORCHD_RUN_ID', 'ORCHD_STEP_ID', 'ORCHD_ATTEMPT'].map((name) =>
        environment.get(name),
      )
      found.set(pid, `${worker} ${run}/${step}#${attempt}`)
    }
    return found
  }

  /** Ends the looking, and tells how often it looked and the most that it saw at once: of all agents, or of these. */
  async stop(): Promise<{ readonly samples: number; readonly mostOf: (...agents: readonly string[]) => number }> {
    this.#over.abort()
    await this.#looking
    const mostOf = (...agents: readonly string[]): number =>
      Math.max(0, ...this.#looks.map((look) => look.filter((who) => isOf(who, agents)).length))
    return { samples: this.#looks.length, mostOf }
  }
}

/** The most that were at work at once by what they noted themselves (`+` and `-`): of all agents, or of these. */
export function mostNoted(notes: readonly string[], agents: readonly string[] = []): number {
  let [now, most] = [0, 0]
  for (const note of notes) {
    if (!isOf(note.slice(2), agents)) continue
    now += note.startsWith('+') ? 1 : note.startsWith('-') ? -1 : 0
    most = Math.max(most, now)
  }
  return most
}

const isOf = (who: string, agents: readonly string[]): boolean =>
  agents.length === 0 || agents.some((agent) => who.startsWith(`${agent} `))

function environmentOf(pid: string): ReadonlyMap<string, string> {
  if (!/^\d+$/.test(pid)) return new Map()
  try {
    const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
  } catch {
    return new Map() // it has ended, or is not ours to look at
  }
}
