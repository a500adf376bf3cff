import { type Code, planExample, stepsExample } from './code.ts'

/** Mistakes in expressions and inputs. */
export const expressionCodes = {
  SECRET_INPUT_HERE: {
    title: 'A secret input where it would be stored or shown',
    explanation:
      'An input with `secret: true` goes to processes only, by the `env` of shell steps, and whole to a secret input of a sub-plan. Prompts, conditions, outputs and options are stored and shown to people and agents.',
    example: planExample(
      `
      name: example
      inputs:
        token: { type: string, secret: true }
      steps:
        - id: publish
          prompt: Publish it with \${{ inputs.token }}.`,
      `
      name: example
      inputs:
        token: { type: string, secret: true }
      steps:
        - id: publish
          run: ./publish.sh
          env: { TOKEN: "\${{ inputs.token }}" }`,
    ),
  },
  EXPRESSION_UNQUOTED: {
    title: 'An expression that YAML takes apart',
    explanation:
      'Within `{ }` and `[ ]`, and where it holds `: ` or ` #`, an expression is only safe in quotes: YAML has a meaning of its own for these characters. The rest of the plan is checked as if it had been quoted.',
    example: stepsExample(
      `
      - id: build
        run: make "$TARGET"
        env: { TARGET: \${{ plan.name }} }`,
      `
      - id: build
        run: make "$TARGET"
        env: { TARGET: "\${{ plan.name }}" }`,
    ),
  },
  EXPRESSION_SYNTAX: {
    title: 'Not an expression',
    explanation:
      'Expressions are written in CEL (the Common Expression Language): `==`, `&&`, `in`, `size(x)`, `x ? a : b`, `has(x.y)`. Text in them needs quotes. `${{` opens an expression and `}}` closes it; `$${{` is a literal `${{`.',
    example: stepsExample(
      `
      - id: build
        when: plan.name = "release"
        run: make`,
      `
      - id: build
        when: plan.name == "release"
        run: make`,
    ),
  },
  EXPRESSION_TYPE: {
    title: 'An expression of the wrong type',
    explanation:
      '`when` must be true or false, `for_each` a list, and operators want operands that fit: text is not added to a number; write `string(x)`.',
    example: stepsExample(
      `
      - id: build
        when: size(plan.name)
        run: make`,
      `
      - id: build
        when: size(plan.name) > 0
        run: make`,
    ),
  },
  EXPRESSION_NAME: {
    title: 'A name that is not known here',
    explanation:
      'An expression can use `inputs.NAME`, `steps.ID.outputs`, `steps.ID.outcome`, `steps.ID.cause`, `run.id`, `plan.name`, in steps with a matrix `matrix.NAME`, in steps with `for_each` `item` and `index`. Text needs quotes.',
    example: stepsExample(
      `
      - id: build
        when: plan.name == release
        run: make`,
      `
      - id: build
        when: plan.name == "release"
        run: make`,
    ),
  },
  EXPRESSION_TOO_LONG: {
    title: 'An expression that is too long',
    explanation: 'An expression may have 4 KiB. Compute the value in a step, and use the output of that step.',
    example: null,
  },
  EXPRESSION_FUNCTION: {
    title: 'A function that expressions do not have',
    explanation:
      '`matches` is left out because regular expressions can hang; `contains`, `startsWith`, `endsWith` and `in` are there. `timestamp` and `duration` are left out because expressions have no clock.',
    example: stepsExample(
      `
      - id: build
        when: plan.name.matches("re.*")
        run: make`,
      `
      - id: build
        when: plan.name.startsWith("re")
        run: make`,
    ),
  },
  EXPRESSION_IN_RUN: {
    title: 'An expression in a shell script',
    explanation:
      'If values were put into scripts, an output like `; rm -rf ~` would become a command. A script is never changed: pass the value by the environment, and write `"$NAME"` (with the quotes) in the script.',
    example: stepsExample(
      `
      - id: build
        run: make \${{ plan.name }}`,
      `
      - id: build
        run: make "$NAME"
        env: { NAME: "\${{ plan.name }}" }`,
    ),
  },
  EXPRESSION_NOT_HERE: {
    title: 'An expression where none is evaluated',
    explanation:
      'It would be taken as it stands. Expressions work in `env`, `when`, `prompt`, `approval.prompt`, `with`, `for_each`, `agent`, `outputs` and the title of the pull request.',
    example: stepsExample(
      `
      - id: build
        name: Build \${{ plan.name }}
        run: make`,
      `
      - id: build
        name: Build
        run: make`,
    ),
  },
  REFERENCE_NOT_ANCESTOR: {
    title: 'A step that may not be over yet',
    explanation:
      'An expression may only name steps that its own step depends on, directly or not: of others nobody knows whether they are over. In `finally` every other step may be named.',
    example: stepsExample(
      `
      - id: version
        run: echo "version=1" >> "$ORCHD_OUTPUT"
      - id: build
        run: make
        env: { VERSION: "\${{ steps.version.outputs.version }}" }`,
      `
      - id: version
        run: echo "version=1" >> "$ORCHD_OUTPUT"
      - id: build
        depends_on: [version]
        run: make
        env: { VERSION: "\${{ steps.version.outputs.version }}" }`,
    ),
  },
  REFERENCE_TOO_EARLY: {
    title: 'Something that is not known yet',
    explanation:
      '`run.outcome` and `run.report` are known when the steps are over: in `finally` and in the outputs of the plan. The `env` of the plan is evaluated before any step, so it cannot name steps.',
    example: stepsExample(
      `
      - id: build
        when: run.outcome == "success"
        run: make`,
      `
      - id: build
        run: make`,
    ),
  },
  OUTPUT_UNKNOWN: {
    title: 'An output that the schema does not name',
    explanation:
      'The step has an `output_schema`, and this name is not among its properties. Add it there, or say `additionalProperties: true`.',
    example: stepsExample(
      `
      - id: design
        prompt: Design it.
        output_schema: { type: object, properties: { risk: { type: string } } }
      - id: build
        depends_on: [design]
        when: steps.design.outputs.risc == "low"
        run: make`,
      `
      - id: design
        prompt: Design it.
        output_schema: { type: object, properties: { risk: { type: string } } }
      - id: build
        depends_on: [design]
        when: steps.design.outputs.risk == "low"
        run: make`,
    ),
  },
  INPUT_UNKNOWN: {
    title: 'An input that the plan does not have',
    explanation: 'Inputs are declared under `inputs` of the plan, and read as `inputs.NAME`.',
    example: planExample(
      `
      name: example
      inputs: { ticket: { default: A-1 } }
      steps: [{ id: greet, run: 'echo "$T"', env: { T: "\${{ inputs.tiket }}" } }]`,
      `
      name: example
      inputs: { ticket: { default: A-1 } }
      steps: [{ id: greet, run: 'echo "$T"', env: { T: "\${{ inputs.ticket }}" } }]`,
    ),
  },
  INPUT_DEFAULT: {
    title: 'A default that the input itself refuses',
    explanation:
      'A `default` and the values of `enum` must have the type of the input, and the default must be of the list and match the pattern. Leave `default` out to make the input required.',
    example: planExample(
      `
      name: example
      inputs: { count: { type: integer, default: many } }
      steps: [{ id: greet, run: "true" }]`,
      `
      name: example
      inputs: { count: { type: integer, default: 3 } }
      steps: [{ id: greet, run: "true" }]`,
    ),
  },
  INPUT_MISSING: {
    title: 'An input that is not given',
    explanation: 'The input has no default, so each run must give it: `orchd run plan.yaml --input name=value`.',
    example: inputExample({}, { count: '3' }),
  },
  INPUT_INVALID: {
    title: 'An input of the wrong type or value',
    explanation:
      'Text from the command line is read by the type of the input: `3` for a number, `true` or `false`, JSON for lists and maps.',
    example: inputExample({ count: 'many' }, { count: '3' }),
  },
} as const satisfies Record<string, Code>

function inputExample(
  wrong: { readonly [name: string]: string },
  right: { readonly [name: string]: string },
): Code['example'] {
  const plan = 'name: example\ninputs: { count: { type: integer } }\nsteps: [{ id: greet, run: "true" }]\n'
  return { wrong: { plan, inputs: wrong, forRun: true }, right: { plan, inputs: right, forRun: true } }
}
