import type { AgentAdapter } from '../ports/agent.ts'

export type ShellOptions = {
  /** Absolute path of the state folder; its file `holder` says who the holder is. */
  readonly stateFolder: string
  /** What every step may see of the holder's environment. */
  readonly baseEnv: { readonly [name: string]: string }
  /** Values that must never be shown, beside those of the secrets that a step names. */
  readonly secretValues: readonly string[]
}

/** An adapter with processes behind it. `close` lets go of them: they go on, for the next holder to adopt. */
export type ClosableAdapter = AgentAdapter & { close(): Promise<void> }

/** Steps with `run`: a shell command in a process of its own, which outlives the holder. */
export function createShell(options: ShellOptions): ClosableAdapter {
  void options
  throw new Error('being written')
}
