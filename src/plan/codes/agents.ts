import type { Code } from './code.ts'

/** What keeps the agents of a plan from working here. */
export const agentCodes = {
  AGENT_UNAVAILABLE: {
    title: 'An agent that cannot work here',
    explanation:
      'The plan is valid, but its run would fail when it comes to this step: the program of the agent is not installed, a key is missing, or the registry blocks it. The message says what is missing, the help how to get it. `orchd run --simulate=agents` lets the simulated agent stand in.',
    example: null,
  },
  TASK_TYPE_UNKNOWN: {
    title: 'A request of a type that the analyzer does not know',
    explanation:
      'The list of types is open: an unknown one is taken, agents that have it among their capabilities come first, and the work is done in one step. A warning, because it may be a typing error of one that is known, such as complex_refactor. `null`, or no type, lets the words of the task tell.',
    example: null,
  },
  BUDGET_BLIND: {
    title: 'A budget in money over an agent of unknown cost',
    explanation:
      'The agent does not tell what it costs, and the registry has no `price` for it, so that a limit in dollars cannot hold it: its attempts are counted as unknown. Give it a price (`agents.NAME.price`), or limit `max_tokens`.',
    example: null,
  },
  PERMISSIONS_WIDER: {
    title: 'A step that asks for more than its agent may do',
    explanation:
      'The registry in orchestrator_config.yaml says what an agent may do, under `permissions`; a step, and `defaults`, may only narrow that. `hosts` are narrower when each of them is one that the agent reaches already. Leave the word out, or widen it in the registry.',
    example: null,
  },
  AGENT_EXPERIMENTAL: {
    title: 'An experimental agent',
    explanation:
      'The registry says `status: experimental` of the agent that does this step. It runs all the same; this is a warning, not a mistake.',
    example: null,
  },
} as const satisfies Record<string, Code>
