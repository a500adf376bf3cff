import type { Code } from './code.ts'

/** What keeps the agents of a plan from working here. */
export const agentCodes = {
  AGENT_UNAVAILABLE: {
    title: 'An agent that cannot work here',
    explanation:
      'The plan is valid, but its run would fail when it comes to this step: the program of the agent is not installed, a key is missing, or the registry blocks it. The message says what is missing, the help how to get it. `orchd run --simulate=agents` lets the simulated agent stand in.',
    example: null,
  },
} as const satisfies Record<string, Code>
