import type { Code } from './code.ts'

/** Mistakes in orchestrator_config.yaml that a plan cannot have; `src/config/check.ts` finds them. */
export const configCodes = {
  AGENT_BUILT_IN: {
    title: 'An agent of the configuration has the name of a built-in one',
    explanation:
      '`shell` and `simulated` are always there. Give yours another name; a second simulated agent has `type: simulated`.',
    example: null,
  },
  WATERMARKS_REVERSED: {
    title: 'The disk watermarks are the wrong way round',
    explanation:
      'Below `disk.low_mb` no step is started; below `disk.critical_mb`, which must be less, the daemon stops.',
    example: null,
  },
} as const satisfies Record<string, Code>
