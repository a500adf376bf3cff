import { formatDuration } from '../../../base/duration.ts'
import type { RunResponse, StepResponse } from '../../../ports/response.ts'
import type { Palette } from './palette.ts'
import { safeIndented, safeLine } from './safe-text.ts'
import { budgetWords, costWords, tokenWords } from '../../../report/spent.ts'
import { standstillWords } from './standstill.ts'
import { whyOf } from './step-line.ts'

const mostFailures = 5

/** The last lines of each failed step's log, by step; safe to show. */
export type LogTails = ReadonlyMap<string, readonly string[]>

/** Steps of which the summary shows the end of the log. */
export function failedSteps(response: RunResponse): readonly StepResponse[] {
  return ownSteps(response).filter(
    ({ outcome }) => outcome === 'failure' || outcome === 'error' || outcome === 'timeout',
  )
}

/** Without those that were opened: the steps in them say it all. */
const ownSteps = ({ steps }: RunResponse): readonly StepResponse[] => steps.filter(({ contains }) => contains === null)

export const stepsInSummary = (response: RunResponse): readonly StepResponse[] =>
  failedSteps(response).slice(0, mostFailures)

/** What a run came to, or what it waits for: outcome, numbers, what failed and why, and where to look further. */
export function summaryLines(response: RunResponse, tails: LogTails, paint: Palette): string[] {
  return [
    headline(response, paint),
    ...(response.error === null || response.error.step !== null ? [] : [`  ${safeLine(response.error.message)}`]),
    ...stepsInSummary(response).flatMap((step) => failure(response, step, tails.get(step.id) ?? [], paint)),
    ...moreFailures(response),
    ...unconfined(response, paint),
    ...lessTested(response, paint),
    ...waitingFor(response, paint),
    ...changed(response, paint),
    ...outputs(response),
    ...spent(response),
    paint.faint(`  trace: orchd trace ${response.run_id}`),
  ]
}

function headline(response: RunResponse, paint: Palette): string {
  const { status, run_id: run, execution_summary: summary } = response
  const color =
    status === 'completed' ? paint.good : status === 'failed' || status === 'cancelled' ? paint.bad : paint.asks
  const cause = response.cause === null || status === 'cancelled' ? '' : ` (${response.cause})`
  const simulated = response.simulated ? ', simulated' : ''
  const name = safeLine(response.plan, 80)
  const took = formatDuration(summary.duration_ms)
  const what =
    response.finished_at === null
      ? `${color(response.waiting_for === null ? status : `waits for ${response.waiting_for}`)}, ${took} after it was submitted`
      : `${color(`${status}${cause}`)} in ${took}`
  return `${paint.strong(name)} ${what}: ${counts(response)}${simulated}  ${paint.faint(`run ${run}`)}`
}

function counts(response: RunResponse): string {
  const steps = ownSteps(response)
  const amount = (matches: (step: StepResponse) => boolean): number => steps.filter(matches).length
  const parts: readonly (readonly [number, string])[] = [
    [amount(({ outcome }) => outcome === 'success'), 'succeeded'],
    [amount(({ outcome }) => outcome !== null && !['success', 'skip', 'cancellation'].includes(outcome)), 'failed'],
    [amount(({ outcome }) => outcome === 'cancellation'), 'cancelled'],
    [amount(({ outcome }) => outcome === 'skip'), 'skipped'],
    [amount(({ outcome }) => outcome === null), 'not finished'],
  ]
  const words = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`)
  return words.length === 0 ? 'no steps' : words.join(', ')
}

function failure(response: RunResponse, step: StepResponse, tail: readonly string[], paint: Palette): string[] {
  const tries = step.attempts > 1 ? `, after ${step.attempts} attempts` : ''
  const { outcome, cause, skip_cause: skipCause, message } = step
  const why = whyOf({ outcome: outcome ?? 'error', cause, skipCause, message })
  return [
    '',
    `  ${paint.bad('✗')} ${paint.strong(step.id)}  ${why}${tries}`,
    ...tail.map((line) => `    ${paint.faint('│')} ${line}`),
    ...blockedLines(response, step),
    ...refusedLines(response, step),
    ...(step.attempts === 0 ? [] : [paint.faint(`    orchd logs ${response.run_id} ${step.id}`)]),
    '',
  ]
}

/** A block never loses work, and says what would let it through. */
function blockedLines({ run_id: run }: RunResponse, { id, cause, review }: StepResponse): string[] {
  if (cause !== 'gate_blocked' || review === null) return []
  const allow = review.allow.map((line) => `      ${safeIndented(line)}`)
  return [
    `    orchd review ${run} ${id} shows the change; it is kept`,
    ...(allow.length === 0 ? [] : ['    if it is none, this in orchestrator_config.yaml allows it:', ...allow]),
  ]
}

/** No other step begins with a credential that was refused, until somebody says so. */
function refusedLines({ run_id: run }: RunResponse, { cause, agent }: StepResponse): string[] {
  if (cause !== 'auth' || agent === null) return []
  return [
    `    nothing more starts with the credential of ${agent}; once it is right:`,
    `    orchd agents --release ${agent}; orchd retry ${run}`,
  ]
}

function moreFailures(response: RunResponse): string[] {
  const more = failedSteps(response).length - mostFailures
  return more > 0 ? [`  and ${more} more failed: orchd status ${response.run_id}`] : []
}

/** Steps that were to run in a sandbox and had none: nobody should find that out by chance. */
function unconfined({ steps }: RunResponse, paint: Palette): string[] {
  const missing = steps.filter(({ sandbox }) => sandbox === 'missing')
  const [first] = missing
  if (first === undefined) return []
  const more = missing.length > 1 ? ` and ${missing.length - 1} more` : ''
  return [`  ${paint.asks('!')} ${paint.strong(first.id)}${more} ${safeLine(first.message ?? 'ran without a sandbox')}`]
}

/** What a person should know before an answer. */
export const notProtected =
  'not protected: an agent of this run works without a sandbox, and could answer in your place'

const mostTestNotes = 5

/** Tests that are gone or kept from running: green says less then. */
function lessTested({ steps }: RunResponse, paint: Palette): string[] {
  const notes = steps
    .filter(({ implicit }) => !implicit)
    .flatMap(({ id, review }) => (review?.findings ?? []).map((finding) => ({ id, ...finding })))
    .filter(({ rule }) => rule === 'tests_removed' || rule === 'tests_skipped')
  const more = notes.length - mostTestNotes
  return [
    ...notes.slice(0, mostTestNotes).map(({ id, file, line, message }) => {
      const place = `${safeLine(file, 120)}${line === null ? '' : `:${line}`}`
      return `  ${paint.asks('!')} ${paint.strong(id)}: ${safeLine(message, 200)} (${place})`
    }),
    ...(more > 0 ? [`  ${paint.asks('!')} and ${more} more tests that are gone or do not run`] : []),
  ]
}

function waitingFor(response: RunResponse, paint: Palette): string[] {
  const { waiting } = response
  return [
    ...(waiting === null ? [] : [`  ${paint.asks('?')} ${standstillWords(waiting)}`]),
    ...waitingSteps(response, paint),
  ]
}

function waitingSteps(response: RunResponse, paint: Palette): string[] {
  const { run_id: run } = response
  return response.steps.flatMap((step) => {
    if (step.status === 'held') {
      return [
        `  ${paint.asks('?')} ${paint.strong(step.id)} was lost with its processes: orchd resume ${run} --decide ${step.id}=rerun (or skip, fail)`,
      ]
    }
    if (step.status === 'paused') {
      return [
        `  ${paint.asks('?')} ${paint.strong(step.id)} waits: ${safeLine(step.message ?? 'a budget is used up')}`,
        step.message?.startsWith('the budget of the day') === true
          ? `    orchd resume ${run}   # once it is larger; else it goes on by itself when the day is over (UTC)`
          : `    orchd resume ${run} --budget USD   # or --budget-tokens N: so much more than now`,
      ]
    }
    if (step.status !== 'gated') return []
    const until = step.gate === null ? '' : ` (rejected by itself at ${step.gate.deadline_at})`
    const look = step.gate?.tree == null ? [] : [`    orchd review ${run} ${step.id}`]
    return [
      `  ${paint.asks('?')} ${paint.strong(step.id)} waits for a person: ${safeLine(step.gate?.prompt ?? '') || 'approve?'}${until}`,
      ...(response.gates_protected ? [] : [`    ${paint.asks('!')} ${notProtected}`]),
      ...look,
      `    orchd approve ${run} ${step.id}`,
      `    orchd reject ${run} ${step.id} -m "why"`,
    ]
  })
}

/** What agents used; nothing is said when none worked. */
function spent({ usage, simulated, budget }: RunResponse): string[] {
  if (usage.input_tokens === null && usage.cost_source === null) return []
  return [
    `  ${[tokenWords(usage), ...(simulated ? [] : [costWords(usage.cost_usd, usage.cost_source)])].join(', ')}`,
    ...(budget === null ? [] : [`  budget: ${budgetWords(budget)}`]),
  ]
}

/** What the run changed, and where that is. */
function changed({ artifacts, steps }: RunResponse, paint: Palette): string[] {
  const { branch, commit, diff_summary: diff, test_results: tests } = artifacts
  const note = steps.find(({ kind, message }) => kind === 'publish' && message !== null)?.message ?? null
  return [
    ...(tests === null ? [] : [`  tests: ${safeLine(tests)}`]),
    ...(branch === null || commit === null
      ? []
      : [`  branch ${paint.strong(safeLine(branch, 120))}: ${diff ?? ''} (${commit.slice(0, 12)})`]),
    ...(note === null ? [] : [`  ${paint.asks('!')} ${safeLine(note)}`]),
  ]
}

function outputs(response: RunResponse): string[] {
  return Object.entries(response.outputs).map(
    ([name, value]) =>
      `  ${safeLine(name, 80)} = ${safeLine(typeof value === 'string' ? value : JSON.stringify(value))}`,
  )
}
