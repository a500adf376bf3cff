import { formatDuration } from '../../../base/duration.ts'
import type { RunFact } from '../../../ports/client.ts'
import { amount, nameOf } from '../../../run/reached.ts'
import type { Overlap } from '../../../run/attempt-result.ts'
import { overlapWords } from '../../../run/overlap.ts'
import type { Palette } from './palette.ts'
import type { RunView, StepEnded } from './run-view.ts'
import { safeLine } from './safe-text.ts'
import { standstillWords } from './standstill.ts'
import { whyOf } from './step-line.ts'

/**
 * A fact as a line for logs and CI: when since the submission, which step, what happened. `null` for facts that the next
 * one repeats. `view` has taken the fact in already.
 */
export function plainLine(view: RunView, fact: RunFact, paint: Palette): string | null {
  const words = 'step' in fact ? stepWords(view, fact, paint) : runWords(view, fact, paint)
  if (words === null) return null
  const since = formatDuration(Math.max(0, fact.at - view.submittedAt)).padStart(6)
  return `${paint.faint(`[${since}]`)} ${words}`
}

function stepWords(view: RunView, fact: RunFact & { readonly step: string }, paint: Palette): string | null {
  const what = stepFact(view, fact, paint)
  return what === null ? null : `${paint.strong(fact.step)}: ${what}`
}

function stepFact(view: RunView, fact: RunFact & { readonly step: string }, paint: Palette): string | null {
  switch (fact.type) {
    case 'attempt_started':
      return `${fact.attempt === 1 ? 'started' : `attempt ${fact.attempt} started`} on ${safeLine(fact.agent, 40)}`
    case 'step_retrying': {
      const shown = view.byId.get(fact.step)?.shown
      const cause =
        shown?.status === 'retrying' && shown.cause !== null ? ` ended with ${shown.cause}` : ' did not succeed'
      const wait = formatDuration(Math.max(0, fact.until - fact.at))
      return paint.asks(`attempt ${fact.attempt - 1}${cause}; attempt ${fact.attempt} starts in ${wait}`)
    }
    case 'step_finished': {
      const shown = view.byId.get(fact.step)?.shown
      return shown?.status === 'finished' ? endWords(shown, paint) : fact.outcome
    }
    case 'gate_opened':
      return paint.asks(
        `waits for approval: ${safeLine(fact.prompt) || 'approve?'} (orchd approve ${view.runId} ${fact.step})`,
      )
    case 'review_needed':
      return paint.asks(`waits for review: ${safeLine(fact.prompt)} (orchd review ${view.runId} ${fact.step})`)
    case 'conflict_found':
      return paint.asks(`met a conflict: ${safeLine(fact.prompt)}`)
    case 'gate_decided': {
      const by = fact.by === null ? 'nobody answered in time' : `by ${safeLine(fact.by, 80)}`
      const comment = fact.comment === null || fact.comment === '' ? '' : `: ${safeLine(fact.comment)}`
      return `${fact.decision === 'approve' ? paint.good('approved') : paint.bad('rejected')} ${by}${comment}`
    }
    case 'step_held':
      return paint.asks(
        `was lost with its processes, and a person must say what to do: orchd resume ${view.runId} --decide ${fact.step}=rerun (or skip, fail)`,
      )
    case 'step_paused': {
      const way = fact.of === 'day' ? '' : ` (orchd resume ${view.runId} ${moreFlag(fact)})`
      return paint.asks(`waits: ${fact.message}${way}`)
    }
    case 'attempt_decided':
      return `${fact.decision}, says ${safeLine(fact.by, 80)}`
    case 'attempt_finished':
      return overlapsLine(fact.result.overlaps ?? [], paint)
    case 'attempt_lost':
      return `attempt ${fact.attempt} was lost: ${safeLine(fact.message)}`
    case 'expression_failed':
      return paint.bad(`an expression failed: ${safeLine(fact.message)}`)
    case 'step_opened':
      return openedWords(fact)
    case 'step_voided':
      return fact.dropped ? null : 'is taken back, to run again'
    case 'gates_unprotected':
      return 'works without a sandbox: gates of this run are not protected'
    case 'items_evaluated':
    case 'inputs_evaluated':
    case 'outputs_evaluated':
    case 'retry_requested':
    case 'step_ready':
    case 'condition_evaluated':
    case 'run_submitted':
    case 'cancel_requested':
    case 'budget_raised':
    case 'budget_reached':
    case 'budget_low':
    case 'budget_exceeded':
    case 'standstill_changed':
    case 'deadline_reached':
    case 'finally_started':
    case 'run_finished':
      return null
  }
}

function overlapsLine(overlaps: readonly Overlap[], paint: Palette): string | null {
  return overlaps.length === 0 ? null : paint.asks(safeLine(overlaps.map(overlapWords).join('; ')))
}

const moreFlag = ({ unit }: { readonly unit: 'usd' | 'tokens' }): string =>
  unit === 'usd' ? '--budget USD' : '--budget-tokens TOKENS'

function openedWords({ steps }: Extract<RunFact, { readonly type: 'step_opened' }>): string {
  const names = steps.slice(0, 5).map(({ id, label }) => safeLine(label ?? id, 40))
  const more = steps.length > 5 ? ` and ${steps.length - 5} more` : ''
  return `opened, with ${steps.length} ${steps.length === 1 ? 'step' : 'steps'} in it: ${names.join(', ')}${more}`
}

function endWords(shown: StepEnded, paint: Palette): string {
  const { outcome, startedAt, finishedAt, attempts } = shown
  if (outcome === 'skip') return whyOf(shown)
  const took = startedAt === null ? '' : ` in ${formatDuration(Math.max(0, finishedAt - startedAt))}`
  const tries = attempts > 1 ? ` (attempt ${attempts})` : ''
  return `${outcome === 'success' ? paint.good('success') : paint.bad(whyOf(shown))}${took}${tries}`
}

function runWords(view: RunView, fact: RunFact, paint: Palette): string | null {
  if (fact.type === 'run_submitted') {
    return `${paint.strong(safeLine(view.plan, 80))} is run ${view.runId}, ${view.steps.length} steps`
  }
  if (fact.type === 'cancel_requested') {
    return paint.asks(
      `cancelled by ${safeLine(fact.by, 80)}${fact.reason === null ? '' : `: ${safeLine(fact.reason)}`}`,
    )
  }
  if (fact.type === 'retry_requested') {
    const what = fact.from === null ? 'what failed' : `${fact.from}${fact.only ? ' only' : ' and what comes behind it'}`
    return paint.asks(`${safeLine(fact.by, 80)} has it run again: ${what}`)
  }
  if (fact.type === 'budget_low' || fact.type === 'budget_exceeded') {
    const { unit, limit, used } = fact
    const words = `${nameOf(fact)}: ${amount(used, unit)} of ${amount(limit, unit)} are used`
    return fact.type === 'budget_low' ? paint.asks(words) : paint.bad(words)
  }
  if (fact.type === 'budget_raised') {
    const more = [
      ...(fact.usd > 0 ? [amount(fact.usd, 'usd')] : []),
      ...(fact.tokens > 0 ? [amount(fact.tokens, 'tokens')] : []),
    ]
    return paint.asks(
      `${safeLine(fact.by, 80)} ${more.length === 0 ? 'has it try again' : `allows ${more.join(' and ')} more`}`,
    )
  }
  if (fact.type === 'standstill_changed')
    return fact.standstill === null ? null : paint.asks(standstillWords(fact.standstill))
  if (fact.type === 'deadline_reached') {
    const whose = fact.level === undefined || fact.level === null ? '' : `${fact.level}: `
    return paint.bad(`${whose}${fact.phase === 'steps' ? 'max_duration is over' : 'the time for finally is over'}`)
  }
  return fact.type === 'finally_started' ? 'the steps are over; finally begins' : null
}
