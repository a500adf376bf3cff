import type { RealAgent } from './agents.ts'

/** One thing that an agent is to do, and what was measured of it, in a few words. */
export type Case = {
  readonly name: string
  readonly run: (agent: RealAgent) => Promise<string>
}
