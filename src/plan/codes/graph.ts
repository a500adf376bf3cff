import { type Code, planExample, stepsExample, withSteps } from './code.ts'

/** Mistakes in what steps say of each other and of the world. */
export const graphCodes = {
  STEP_NO_BODY: {
    title: 'A step without a body',
    explanation: 'A step does one thing: `run`, `prompt`, `prompt_file`, `approval`, `integrate` or `plan`.',
    example: stepsExample(
      `
      - id: build
        timeout: 5m`,
      `
      - id: build
        timeout: 5m
        run: make`,
    ),
  },
  STEP_TWO_BODIES: {
    title: 'A step with two bodies',
    explanation: 'A step does one thing. Make two steps of it, the second depending on the first.',
    example: stepsExample(
      `
      - id: build
        run: make
        prompt: Look at the result.`,
      `
      - id: build
        run: make
      - id: look
        depends_on: [build]
        prompt: Look at the result.`,
    ),
  },
  STEP_UNKNOWN: {
    title: 'A step that is not there',
    explanation:
      'The name is not an id of this plan, or of the other list: `depends_on` names steps of the same list, `steps` or `finally`.',
    example: stepsExample(
      `
      - id: test
        run: make test
      - id: deploy
        depends_on: [tset]
        run: make deploy`,
      `
      - id: test
        run: make test
      - id: deploy
        depends_on: [test]
        run: make deploy`,
    ),
  },
  CONTEXT_MISSING: {
    title: 'Git without a repository',
    explanation:
      '`integrate` and `isolation: worktree` work on commits: they need a `context`, which says in which repository. Without one a plan works in the project folder itself.',
    example: planExample(
      `
      name: example
      steps:
        - id: build
          run: make
          isolation: worktree`,
      `
      name: example
      context: { repository: . }
      steps:
        - id: build
          run: make
          isolation: worktree`,
    ),
  },
  STEP_ID_RESERVED: {
    title: 'An id that orchd keeps for itself',
    explanation:
      'orchd adds steps of its own to a plan with a `context`: `orchd-result` merges what the last steps changed, `orchd-publish` moves the result branch. So that they can be told apart, no other id begins with `orchd-`.',
    example: stepsExample(
      `
      - id: orchd-build
        run: make`,
      `
      - id: build
        run: make`,
    ),
  },
  STEP_DUPLICATE: {
    title: 'Two steps with one id',
    explanation: 'Ids are unique in a plan, those of `finally` included. The second one is reported.',
    example: stepsExample(
      `
      - id: build
        run: make
      - id: build
        run: make all`,
      `
      - id: build
        run: make
      - id: build-all
        run: make all`,
    ),
  },
  STEP_CYCLE: {
    title: 'Steps that wait for each other',
    explanation:
      'Each of these steps would wait for the others for ever. The path is shown once, as `a -> b -> a`: a depends on b, b on a.',
    example: stepsExample(
      `
      - id: a
        depends_on: [b]
        run: "true"
      - id: b
        depends_on: [a]
        run: "true"`,
      `
      - id: a
        depends_on: [b]
        run: "true"
      - id: b
        run: "true"`,
    ),
  },
  STEPS_TOO_MANY: {
    title: 'Too many steps',
    explanation: 'A plan may have 10,000 steps, those of `finally` included. Split it into several plans.',
    example: null,
  },
  REWIND_NOT_ANCESTOR: {
    title: 'A rejection that leads elsewhere',
    explanation:
      'After a rejection a run can go back to a step that the approval depends on, directly or not: only what lies between is run again.',
    example: stepsExample(
      `
      - id: design
        run: "true"
      - id: approve
        approval: { prompt: "Good?", on_reject: { rewind_to: design } }`,
      `
      - id: design
        run: "true"
      - id: approve
        depends_on: [design]
        approval: { prompt: "Good?", on_reject: { rewind_to: design } }`,
    ),
  },
  SECRET_UNKNOWN: {
    title: 'A secret that the plan does not list',
    explanation:
      'A plan lists the secrets that its steps may get, so that a reader sees them at the top; a step names those of them that it needs.',
    example: planExample(
      `
      name: example
      steps: [{ id: publish, run: npm publish, secrets: [NPM_TOKEN] }]`,
      `
      name: example
      secrets: [NPM_TOKEN]
      steps: [{ id: publish, run: npm publish, secrets: [NPM_TOKEN] }]`,
    ),
  },
  MATRIX_TOO_LARGE: {
    title: 'A matrix with too many combinations',
    explanation:
      'A matrix may have 1,000 combinations: the product of the lengths of its lists, and what `include` adds.',
    example: stepsExample(
      `
      - id: audit
        prompt: Look at it.
        matrix: { a: [1, 2, 3, 4, 5, 6], b: [1, 2, 3, 4, 5, 6], c: [1, 2, 3, 4, 5, 6], d: [1, 2, 3, 4, 5, 6] }`,
      `
      - id: audit
        prompt: Look at it.
        matrix: { a: [1, 2, 3, 4, 5, 6], b: [1, 2, 3, 4, 5, 6], c: [1, 2, 3, 4, 5, 6] }`,
    ),
  },
  WRITES_OVERLAP: {
    title: 'Two steps write the same files at the same time (warning)',
    explanation:
      'Neither of the two depends on the other, so they may run at once and their changes may not merge. Let one depend on the other, or part the files.',
    example: stepsExample(
      `
      - id: api
        prompt: Write the API.
        writes: ["src/**"]
      - id: tests
        prompt: Write the tests.
        writes: ["src/**/*.test.ts"]`,
      `
      - id: api
        prompt: Write the API.
        writes: ["src/**"]
      - id: tests
        prompt: Write the tests.
        writes: ["test/**"]`,
    ),
  },
  GLOB_INVALID: {
    title: 'A glob that is too long or has too many braces',
    explanation:
      'Matching such a glob takes too long. A glob may have 256 characters and 4 groups in braces; split it into several.',
    example: stepsExample(
      `
      - id: api
        prompt: Write the API.
        writes: ["{a,b}/{c,d}/{e,f}/{g,h}/{i,j}"]`,
      `
      - id: api
        prompt: Write the API.
        writes: ["{a,b}/{c,d}/{e,f}/{g,h}/i", "{a,b}/{c,d}/{e,f}/{g,h}/j"]`,
    ),
  },
  PATH_OUTSIDE: {
    title: 'A path that leaves the project folder',
    explanation:
      'Paths in a plan are relative to the project folder and never leave it, so that a plan means the same on every machine.',
    example: stepsExample(
      `
      - id: build
        run: make
        working_directory: ../other`,
      `
      - id: build
        run: make
        working_directory: other`,
    ),
  },
  SUBPLAN_FILE: {
    title: 'A sub-plan that cannot be used',
    explanation: '`plan` names a plan file in the project folder. It is read when the plan is submitted.',
    example: {
      wrong: { plan: withSteps('- id: release\n  plan: plans/missing.yaml') },
      right: {
        plan: withSteps('- id: release\n  plan: plans/release.yaml'),
        files: { 'plans/release.yaml': 'name: release\nsteps:\n  - id: publish\n    run: make publish\n' },
      },
    },
  },
  SUBPLAN_CYCLE: {
    title: 'Plans that name each other',
    explanation: 'A plan cannot be a part of itself, directly or by way of others: the run would never end.',
    example: {
      wrong: {
        plan: withSteps('- id: release\n  plan: release.yaml'),
        files: { 'release.yaml': 'name: release\nsteps:\n  - id: again\n    plan: release.yaml\n' },
      },
      right: {
        plan: withSteps('- id: release\n  plan: release.yaml'),
        files: { 'release.yaml': 'name: release\nsteps:\n  - id: publish\n    run: make publish\n' },
      },
    },
  },
  SUBPLAN_DEPTH: {
    title: 'Plans nested too deeply',
    explanation: 'A plan may name a plan that names a plan, 8 deep.',
    example: null,
  },
  PROMPT_FILE: {
    title: 'A prompt file that cannot be used',
    explanation:
      '`prompt_file` is read when the plan is submitted. It is UTF-8 text in the project folder, and not empty.',
    example: stepsExample(
      `
      - id: design
        prompt_file: prompts/missing.md`,
      `
      - id: design
        prompt: Design it.`,
    ),
  },
  AGENT_UNKNOWN: {
    title: 'An agent that the registry does not have',
    explanation:
      'Agents are named in `orchestrator_config.yaml`, under `agents`; `orchd agents` lists them. `auto` lets the dispatch policy choose.',
    example: stepsExample(
      `
      - id: design
        agent: claud_code
        prompt: Design it.`,
      `
      - id: design
        agent: claude_code
        prompt: Design it.`,
    ),
  },
} as const satisfies Record<string, Code>
