import type { AgentName } from './agent-project.ts'

/** One thing that an agent is to do, and what was measured of it, in a few words. */
export type Case = {
  readonly name: string
  readonly run: (agent: AgentName, programs: string) => Promise<string>
}
