import type { Code } from './code.ts'

/** Mistakes of the configuration, file or environment, that a plan cannot have; `src/config/` finds them. */
export const configCodes = {
  ENV_INVALID: {
    title: 'An environment variable has a value that it cannot have',
    explanation:
      'orchd does not start with a setting that it would have to guess. The message names the variable and what it may be; set it so, or unset it. An empty variable counts as not set.',
    example: null,
  },
  AGENT_BUILT_IN: {
    title: 'An agent of the configuration has the name of a built-in one',
    explanation:
      '`shell` and `simulated` are always there. Give yours another name; a second simulated agent has `type: simulated`.',
    example: null,
  },
  TEST_COMMAND_MISSING: {
    title: 'Tests are required, and nobody says how they are run',
    explanation:
      '`constraints.require_tests: true` runs the `test_command` of orchestrator_config.yaml. Set it there (`orchd init` finds it for most projects), or write the command in the plan: `require_tests: { run: npm test }`; in a request it is `context.test_command`.',
    example: null,
  },
  WATERMARKS_REVERSED: {
    title: 'The disk watermarks are the wrong way round',
    explanation:
      'Below `disk.low_mb` no step is started; below `disk.critical_mb`, which must be less, the daemon stops.',
    example: null,
  },
} as const satisfies Record<string, Code>
