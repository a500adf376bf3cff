import { type Code, planExample, stepsExample } from './code.ts'

/** Mistakes in the text itself, before it is a plan. */
export const textCodes = {
  TEXT_TOO_LARGE: {
    title: 'The plan is too large',
    explanation:
      'A plan may have 1 MiB, 200,000 lines, 10,000 steps and 400,000 parts (values, keys, and signs like `-`, `:` and `,`). Split it into several plans, or move long prompts to files (`prompt_file`).',
    example: null,
  },
  ENCODING_INVALID: {
    title: 'The plan is not UTF-8',
    explanation: 'Plans are UTF-8 text, with or without a byte order mark. Save the file as UTF-8.',
    example: null,
  },
  CONTROL_CHARACTER: {
    title: 'A control character',
    explanation:
      'Characters that nobody sees can make a text read unlike it works. Besides tab and line ends a plan has none; lines end with LF or CRLF. A text may not hold U+0000 either, however it is written: no environment variable can carry it.',
    example: stepsExample(
      `
      - id: greet
        run: 'true'
        env: { NAME: "a\\0b" }`,
      `
      - id: greet
        run: 'true'
        env: { NAME: "ab" }`,
    ),
  },
  BIDI_CHARACTER: {
    title: 'A character that changes the direction of the text',
    explanation:
      'Such characters belong to languages that are written from right to left. Elsewhere they can hide what a line does. They are errors in ids and warnings in other text.',
    example: null,
  },
  YAML_SYNTAX: {
    title: 'This is not YAML',
    explanation:
      'The text cannot be read as YAML 1.2. The usual reasons: a tab as indentation, a text with `: ` or ` #` in it that needs quotes, a quote or bracket that is not closed, a line that is not indented like the others.',
    example: stepsExample(
      `
      - id: greet
        run: echo one: two`,
      `
      - id: greet
        run: "echo one: two"`,
    ),
  },
  YAML_TOO_DEEP: {
    title: 'Nested too deep',
    explanation: 'Lists and maps may be nested 64 deep. Flatten the value, or put it into a file.',
    example: null,
  },
  YAML_ANCHOR: {
    title: 'Anchors and aliases are not part of the plan language',
    explanation:
      'With anchors (`&name`) and aliases (`*name`) a short text can stand for gigabytes, and what a step does is written far from it. Write the value where it is used; `defaults` and `env` of the plan hold what steps share. A text that starts with `*` or `&` needs quotes.',
    example: stepsExample(
      `
      - id: build
        run: make
        timeout: &limit 5m`,
      `
      - id: build
        run: make
        timeout: 5m`,
    ),
  },
  YAML_TAG: {
    title: 'Tags are not part of the plan language',
    explanation:
      'Tags (`!name`) make other types of values. Plans have the types of JSON. A text that starts with `!` needs quotes.',
    example: stepsExample(
      `
      - id: greet
        run: !shell "true"`,
      `
      - id: greet
        run: "true"`,
    ),
  },
  YAML_DIRECTIVE: {
    title: 'Directives are not part of the plan language',
    explanation:
      'A line like `%YAML 1.1` changes how the rest is read: in YAML 1.1 `no` is false. Plans are YAML 1.2. Remove the line.',
    example: planExample(
      `
      %YAML 1.1
      ---
      name: example
      steps: [{ id: greet, run: "true" }]`,
      `
      ---
      name: example
      steps: [{ id: greet, run: "true" }]`,
    ),
  },
  YAML_MERGE_KEY: {
    title: 'Merge keys are not part of the plan language',
    explanation: '`<<` brings in keys from elsewhere. Write the keys out.',
    example: stepsExample(
      `
      - id: greet
        <<: { timeout: 5m }
        run: "true"`,
      `
      - id: greet
        timeout: 5m
        run: "true"`,
    ),
  },
  YAML_MULTIPLE_DOCUMENTS: {
    title: 'A second document',
    explanation:
      'A file holds one plan. What stands behind a second `---` would never run; put it into a file of its own.',
    example: planExample(
      `
      name: example
      steps: [{ id: greet, run: "true" }]
      ---
      name: other`,
      `
      name: example
      steps: [{ id: greet, run: "true" }]`,
    ),
  },
  PLAN_EMPTY: {
    title: 'The file is empty',
    explanation: 'There is nothing in it but space and comments. A plan has at least a name and one step.',
    example: planExample(
      '# nothing yet',
      `
      name: example
      steps: [{ id: greet, run: "true" }]`,
    ),
  },
  NUMBER_INVALID: {
    title: 'A number that cannot be kept exactly',
    explanation:
      'Numbers are those of JSON; whole numbers are exact up to 2^53. Put a longer one, an id for example, in quotes: then it is text.',
    example: stepsExample(
      `
      - id: greet
        agent: auto
        prompt: Hello.
        with: { account: 12345678901234567890 }`,
      `
      - id: greet
        agent: auto
        prompt: Hello.
        with: { account: "12345678901234567890" }`,
    ),
  },
} as const satisfies Record<string, Code>
