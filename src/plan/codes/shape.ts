import { type Code, planExample, stepsExample } from './code.ts'

/** Mistakes in keys and values: what the schema of plans says. */
export const shapeCodes = {
  KEY_DUPLICATE: {
    title: 'A key stands twice',
    explanation: 'Of two equal keys only one could count. Keep one.',
    example: stepsExample(
      `
      - id: build
        run: make
        run: make all`,
      `
      - id: build
        run: make all`,
    ),
  },
  KEY_INVALID: {
    title: 'A name that cannot be a key',
    explanation:
      'Keys are text. Names of inputs and environment variables have letters, digits and `_` (inputs `-` too) and start with a letter or `_`. `__proto__`, `constructor` and `prototype` are refused everywhere.',
    example: stepsExample(
      `
      - id: build
        run: make
        env: { MY-TARGET: all }`,
      `
      - id: build
        run: make
        env: { MY_TARGET: all }`,
    ),
  },
  KEY_UNKNOWN: {
    title: 'An unknown key',
    explanation:
      'The plan language does not have this key here, so it would do nothing. docs/plan-language.md lists all keys.',
    example: stepsExample(
      `
      - id: build
        run: make
        dependson: []`,
      `
      - id: build
        run: make
        depends_on: []`,
    ),
  },
  KEY_MISSING: {
    title: 'A key is missing',
    explanation: 'A plan needs `name` and `steps`, a step needs `id` and a body.',
    example: planExample(
      `
      steps: [{ id: greet, run: "true" }]`,
      `
      name: example
      steps: [{ id: greet, run: "true" }]`,
    ),
  },
  KEY_CONFLICT: {
    title: 'Two keys that exclude each other',
    explanation:
      '`needs` is another word for `depends_on`, and `if` for `when`: use one of them. A step has a `matrix` or a `for_each`, not both.',
    example: stepsExample(
      `
      - id: build
        when: "true"
        if: "true"
        run: make`,
      `
      - id: build
        when: "true"
        run: make`,
    ),
  },
  KEY_WITHOUT_EFFECT: {
    title: 'A key that has no effect (warning)',
    explanation:
      'The key is right in form, but means nothing here: `agent` of a shell step, `env` of an approval, `max_parallel` without a matrix, `max_rounds` of the check of a merge, an environment variable that orchd sets itself. Remove it, so that nobody trusts in it.',
    example: stepsExample(
      `
      - id: build
        run: make
        agent: claude_code`,
      `
      - id: build
        run: make`,
    ),
  },
  TYPE_MISMATCH: {
    title: 'A value of the wrong type',
    explanation:
      'A list is written `[a, b]` or with `-`, a map `{ key: value }` or with indentation. A key without a value is null, which is not the same as no key.',
    example: stepsExample(
      `
      - id: build
        run: make
        secrets: NPM_TOKEN`,
      `
      - id: build
        run: make
        secrets: []`,
    ),
  },
  VALUE_NOT_ALLOWED: {
    title: 'A value that is not of the list',
    explanation: 'The key takes one of a few words; docs/plan-language.md lists them.',
    example: stepsExample(
      `
      - id: build
        run: make
        on_crash: rerun`,
      `
      - id: build
        run: make
        on_crash: retry`,
    ),
  },
  VALUE_MALFORMED: {
    title: 'A text of the wrong form',
    explanation:
      'Names of secrets are names of environment variables, host names are host names, the name of a plan is one line, a branch has a name that git takes, and a repository is a folder or a URL that orchd clones.',
    example: planExample(
      `
      name: " example "
      steps: [{ id: greet, run: "true" }]`,
      `
      name: example
      steps: [{ id: greet, run: "true" }]`,
    ),
  },
  VALUE_OUT_OF_RANGE: {
    title: 'A value that is too small, too large, too long or empty',
    explanation:
      'docs/plan-language.md gives the limits of each key. A limit of time must be more than zero; leave it out for no limit.',
    example: planExample(
      `
      name: example
      priority: 1000
      steps: [{ id: greet, run: "true" }]`,
      `
      name: example
      priority: 100
      steps: [{ id: greet, run: "true" }]`,
    ),
  },
  ID_INVALID: {
    title: 'Not an id',
    explanation:
      'Ids are small letters and digits, in words that `-` or `_` separates: `approve-design`. They have at most 64 characters and no dots, because git references and folders are named after them. People see `name`, which is free.',
    example: stepsExample(
      `
      - id: Build All
        run: make`,
      `
      - id: build-all
        name: Build All
        run: make`,
    ),
  },
  DURATION_INVALID: {
    title: 'Not a span of time',
    explanation:
      'Write `90s`, `15m`, `3h`, `1h30m` (units in descending order: d, h, m, s, ms), or a number of seconds.',
    example: stepsExample(
      `
      - id: build
        run: make
        timeout: 30 minutes`,
      `
      - id: build
        run: make
        timeout: 30m`,
    ),
  },
  PATTERN_UNSAFE: {
    title: 'A regular expression that could hang',
    explanation:
      'Some regular expressions take longer than the age of the universe on a short text. Patterns in plans may not repeat groups, look around or refer back, and have at most three parts that repeat; in an `output_schema` they need a `maxLength` of at most 128 beside them.',
    example: planExample(
      `
      name: example
      inputs: { ticket: { pattern: "([A-Z]+)+-1" } }
      steps: [{ id: greet, run: "true" }]`,
      `
      name: example
      inputs: { ticket: { pattern: "[A-Z]+-1" } }
      steps: [{ id: greet, run: "true" }]`,
    ),
  },
} as const satisfies Record<string, Code>
