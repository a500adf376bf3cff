import { type Cause, causes } from '../base/cause.ts'
import { parseDuration } from '../base/duration.ts'
import { hashFraction } from '../base/hash.ts'
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Attempt } from '../ports/agent.ts'
import type { Usage } from '../run/attempt-result.ts'
import type { Edit } from './simulated-edits.ts'

/** What one simulated attempt will do. */
export type Script = {
  readonly delayMs: number
  readonly text: string
  /** `null`: it succeeds. */
  readonly failure: Cause | null
  readonly edits: readonly Edit[]
  /** `null`: to be invented from the schema. */
  readonly outputs: JsonObject | null
  readonly usage: Usage | null
}

const words = [
  'delay_ms', 'delay', 'text', 'fail', 'fail_attempts', 'edits', 'usage', 'outputs', 'seed',
] as const // prettier-ignore
type Word = (typeof words)[number]
type Options = { readonly [word in Word]: Json | undefined }

/**
 * Reads a step's `with`. When the agent only stands in for others, their options are none of its business and what
 * does not fit is left out; when a plan asks for it by name, a mistake is an error.
 */
export function readScript(attempt: Attempt): Result<Script, string> {
  const strict = attempt.simulate === 'none'
  const options = optionsOf(attempt.with)
  const problem = whatIsWrong(attempt.with, options)
  if (problem !== null && strict) return err(`the simulated agent cannot use its options: ${problem}`)

  const seed = `${JSON.stringify(options.seed ?? '')} ${attempt.runId}/${attempt.step}/${attempt.attempt}`
  return ok({
    delayMs: delayOf(options) ?? 50 + Math.floor(hashFraction(`${seed} delay`) * 351),
    text: typeof options.text === 'string' ? options.text : inventedText(attempt),
    failure: failureOf(options, attempt, seed),
    edits: isEdits(options.edits) ? options.edits : [],
    outputs: isJsonObject(options.outputs) ? options.outputs : null,
    usage: usageOf(options.usage),
  })
}

const optionsOf = (given: JsonObject): Options => ({
  delay_ms: given['delay_ms'],
  delay: given['delay'],
  text: given['text'],
  fail: given['fail'],
  fail_attempts: given['fail_attempts'],
  edits: given['edits'],
  usage: given['usage'],
  outputs: given['outputs'],
  seed: given['seed'],
})

function whatIsWrong(given: JsonObject, options: Options): string | null {
  const unknown = Object.keys(given).find((name) => !words.some((word) => word === name))
  if (unknown !== undefined) return `there is no "${unknown}"; it knows ${words.join(', ')}`
  const rules: { readonly [word in Word]: readonly [boolean, string] } = {
    delay_ms: [isCount(options.delay_ms), 'a number of milliseconds'],
    delay: [delayOf({ ...options, delay_ms: undefined }) !== null, 'a duration'],
    text: [typeof options.text === 'string', 'a text'],
    fail: [isFailure(options.fail), 'true, a cause, or a probability from 0 to 1'],
    fail_attempts: [isCount(options.fail_attempts), 'a number of attempts'],
    edits: [isEdits(options.edits), 'a list of {path, content}'],
    usage: [usageOf(options.usage) !== null, '{input_tokens, output_tokens}'],
    outputs: [isJsonObject(options.outputs), 'an object'],
    seed: [typeof options.seed !== 'object', 'a text or a number'],
  }
  const wrong = words.find((word) => options[word] !== undefined && !rules[word][0])
  return wrong === undefined ? null : `"${wrong}" must be ${rules[wrong][1]}`
}

function delayOf(options: Options): number | null {
  if (isCount(options.delay_ms)) return options.delay_ms
  const { delay } = options
  return typeof delay === 'string' || typeof delay === 'number' ? parseDuration(delay) : null
}

function failureOf(options: Options, attempt: Attempt, seed: string): Cause | null {
  const { fail } = options
  const cause = causes.find((known) => known === fail) ?? 'agent_error'
  if (isCount(options.fail_attempts)) return attempt.attempt <= options.fail_attempts ? cause : null
  if (typeof fail === 'number') return hashFraction(`${seed} fail`) < fail ? cause : null
  return fail === true || cause === fail ? cause : null
}

/** Says what would have been done, from the first line of the prompt or command. */
function inventedText(attempt: Attempt): string {
  const { body } = attempt.spec
  const task = body.kind === 'run' ? body.command : (attempt.prompt ?? '')
  const [firstLine = ''] = task.trim().split('\n')
  const verb = body.kind === 'run' ? 'would run' : 'would do'
  return firstLine === '' ? `(${attempt.agent}, simulated)` : `(${attempt.agent}, simulated) ${verb}: ${firstLine}`
}

const isCount = (value: Json | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0

const isFailure = (value: Json | undefined): boolean =>
  typeof value === 'boolean' || causes.some((known) => known === value) || (isCount(value) && value <= 1)

const isEdits = (value: Json | undefined): value is readonly Edit[] =>
  Array.isArray(value) &&
  value.every(
    (item: Json) => isJsonObject(item) && typeof item['path'] === 'string' && typeof item['content'] === 'string',
  )

function usageOf(value: Json | undefined): Usage | null {
  if (!isJsonObject(value)) return null
  const { input_tokens: inputTokens = 0, output_tokens: outputTokens = 0 } = value
  return isCount(inputTokens) && isCount(outputTokens) ? { inputTokens, outputTokens } : null
}
