import type { AgentAdapter } from '../ports/agent.ts'

export type SimulatedOptions = {
  /** Divides every delay: 1 is real time, 1000 makes hours of a plan a matter of seconds. */
  readonly speed?: number
}

/** An agent that costs nothing and needs nobody: seeded delays, texts, edits and failures. */
export function createSimulated(options: SimulatedOptions = {}): AgentAdapter & { close(): Promise<void> } {
  void options
  throw new Error('being written')
}
