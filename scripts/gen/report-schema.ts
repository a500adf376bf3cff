import { readFileSync } from 'node:fs'
import type { Json, JsonObject } from '../../src/base/json.ts'

type Schema = JsonObject & {
  readonly properties: JsonObject
  readonly $defs: JsonObject & { readonly step: JsonObject & { readonly properties: JsonObject } }
}

const text = (description: string): JsonObject => ({ description, type: 'string' })
const textOrNull = (description: string): JsonObject => ({ description, type: ['string', 'null'] })
const count = (description: string): JsonObject => ({ description, type: 'integer', minimum: 0 })
const ref = (name: string, description: string): JsonObject => ({ $ref: `#/$defs/${name}`, description })
const list = (name: string, description: string): JsonObject => ({
  description,
  type: 'array',
  items: { $ref: `#/$defs/${name}` },
})
/** Every one of these is always there. */
const object = (description: string, properties: JsonObject, orNull = false): JsonObject => ({
  description,
  type: orNull ? ['object', 'null'] : 'object',
  required: Object.keys(properties),
  properties,
})

/** What a report has beside the response. */
const more: JsonObject = {
  report_version: { description: 'The version of this form.', const: 1 },
  generated_at: ref('time', 'When the report was made: the run may have gone on since.'),
  orchd_version: text('Who made it.'),
  description: textOrNull('What the plan says of itself.'),
  steps_outcome: ref('outcome', 'What the steps came to, also while `finally` still runs.'),
  decisions: list('decision', 'What people decided, in the order of the steps.'),
  decisions_before: list('decision', 'What they decided before that and a rewind or a retry took back, in order.'),
  retries: count('How often the run was taken up again after it was over.'),
  base: object(
    'The commit that the work started from.',
    { name: text('As it was named.'), commit: text('Its id.') },
    true,
  ),
  trace: object('Where the run is traced.', {
    trace_id: text('32 hex digits.'),
    url: textOrNull('Where it is looked at.'),
  }),
  reproduce: object('How the run is done again.', {
    command: text('For a shell.'),
    plan_file: text('As it was named; its text may have changed since.'),
    plan_sha256: text('Of its text then; empty when that is not known.'),
  }),
}

const moreOfSteps: JsonObject = {
  description: textOrNull('What the plan says of the step.'),
  model: textOrNull("The model that the plan asks for; `null`: the agent's own choice."),
  change: object(
    'What its work changed.',
    {
      base: text('The commit that it started from.'),
      commit: text('What it left.'),
      files: count('Files that are different.'),
      insertions: count('Lines.'),
      deletions: count('Lines.'),
    },
    true,
  ),
  attempt_list: list('attempt', 'Its attempts, in the order in which they began.'),
}

const definitions: JsonObject = {
  attempt: object('One try of a step.', {
    attempt: { description: 'Its number; numbers of a step never repeat.', type: 'integer', minimum: 1 },
    agent: text('Who did the work.'),
    started_at: ref('time', 'When it started.'),
    finished_at: ref('time', 'When it ended.'),
    outcome: ref(
      'outcome',
      'How it ended; `failure` also where the review blocked its change, or a person rejected it.',
    ),
    cause: ref('cause', 'Why it was not a success.'),
    message: textOrNull('For people.'),
    cost_usd: { description: 'What it cost.', type: ['number', 'null'] },
  }),
  decision: object('What a person decided.', {
    step: text('The step.'),
    about: {
      description: 'A gate of the plan, the gate on a change, a conflict, or an attempt that was lost.',
      enum: ['approval', 'change', 'conflict', 'lost_attempt'],
    },
    decision: { description: 'What was decided.', enum: ['approve', 'reject', 'skip', 'fail'] },
    by: textOrNull('Who; `null`: nobody answered in time.'),
    why: textOrNull('What was said with it.'),
    at: ref('time', 'When.'),
  }),
}

/** The schema of the report: that of the response, and what a report has beside. */
export function reportSchema(responseFile: string): string {
  const response: Schema = JSON.parse(readFileSync(responseFile, 'utf8')) // our own file, which a test holds to its form
  const { last_event_id: _, ...properties } = response.properties
  const { step, ...others } = response.$defs
  const schema: Json = {
    ...response,
    $id: 'https://orchd.dev/schemas/report.schema.json',
    title: 'Report',
    description:
      'The report of a run: the response, and what else a reviewer wants to know. It only grows: readers must ignore keys that they do not know. `null` is none or unknown, never zero.',
    required: [
      'report_version',
      'generated_at',
      'run_id',
      'plan',
      'status',
      'steps',
      'decisions',
      'trace',
      'reproduce',
    ],
    properties: { ...more, ...properties },
    $defs: { ...others, ...definitions, step: { ...step, properties: { ...step.properties, ...moreOfSteps } } },
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}
