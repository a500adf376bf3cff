import { formatDuration } from '../../../base/duration.ts'
import type { Instant } from '../../../base/ids.ts'
import type { Palette } from './palette.ts'
import type { RunView, StepEnded, StepView } from './run-view.ts'
import { safeLine } from './safe-text.ts'

/** The mark in front of a step: what it does at one glance. */
export function markOf(step: StepView, paint: Palette): string {
  const { shown } = step
  switch (shown.status) {
    case 'waiting':
      return paint.faint('·')
    case 'queued':
      return paint.faint('○')
    case 'running':
    case 'open':
      return paint.busy('●')
    case 'retrying':
      return paint.asks('↻')
    case 'gated':
    case 'held':
    case 'paused':
      return paint.asks('?')
    case 'finished':
      if (shown.outcome === 'success') return paint.good('✓')
      return shown.outcome === 'skip' ? paint.faint('–') : paint.bad('✗')
  }
}

/** What stands behind the step's id: elapsed time, attempt, agent, or why it waits. */
export function detailOf(view: RunView, step: StepView, now: Instant, paint: Palette): string {
  const { shown } = step
  switch (shown.status) {
    case 'waiting':
      return paint.faint(waitsFor(view, step))
    case 'queued':
      return paint.faint(`queued${shown.since === null ? '' : ` ${formatDuration(now - shown.since)}`}${nth(shown)}`)
    case 'running':
      return `${shown.startedAt === null ? ''.padStart(6) : elapsed(shown.startedAt, now)}  ${paint.faint(`${safeLine(shown.agent, 40)}${nth(shown)}`)}`
    case 'retrying': {
      const left = shown.until === null ? '' : ` in ${formatDuration(Math.max(0, shown.until - now))}`
      return paint.asks(`attempt ${shown.attempt}${left}${shown.cause === null ? '' : ` after ${shown.cause}`}`)
    }
    case 'gated':
      return paint.asks(`waits for you: ${safeLine(shown.prompt, 160) || 'approve?'}`)
    case 'held':
      return paint.asks('was lost with its processes: orchd resume asks what to do')
    case 'paused':
      return paint.asks(`waits: ${safeLine(shown.why, 160)}`)
    case 'open': {
      const amount = `${shown.contains} ${step.kind === 'plan' && shown.contains !== 1 ? 'steps' : shown.contains === 1 ? 'step' : 'instances'}`
      return `${shown.since === null ? ''.padStart(6) : elapsed(shown.since, now)}  ${paint.faint(amount)}`
    }
    case 'finished':
      return endOf(shown, paint)
  }
}

/** How a step ended, in one line: how long it took, and why it was no success. */
function endOf(shown: StepEnded, paint: Palette): string {
  if (shown.outcome === 'skip') return paint.faint(whyOf(shown))
  const took = shown.startedAt === null ? '' : elapsed(shown.startedAt, shown.finishedAt)
  const tries = shown.attempts > 1 ? paint.faint(`  attempt ${shown.attempts}`) : ''
  return `${took}${shown.outcome === 'success' ? '' : `  ${paint.bad(whyOf(shown))}`}${tries}`
}

/** The outcome, its cause and the message, as far as they say something new. */
export function whyOf({
  outcome,
  cause,
  skipCause,
  message,
}: Pick<StepEnded, 'outcome' | 'cause' | 'skipCause' | 'message'>): string {
  if (outcome === 'skip') return `skipped (${skipCause ?? cause ?? 'cancelled'})`
  const because = cause === null || cause === outcome ? '' : ` (${cause})`
  return `${outcome}${because}${message === null ? '' : `: ${safeLine(message, 160)}`}`
}

function waitsFor(view: RunView, step: StepView): string {
  if (step.finally && !view.finally) return 'when all is over'
  const open = step.dependsOn.filter((need) => view.byId.get(need)?.shown.status !== 'finished')
  if (open.length === 0) return ''
  return `after ${open.slice(0, 3).join(', ')}${open.length > 3 ? ` and ${open.length - 3} more` : ''}`
}

const nth = ({ attempt }: { readonly attempt: number }): string => (attempt > 1 ? `  attempt ${attempt}` : '')
const elapsed = (from: Instant, to: Instant): string => formatDuration(Math.max(0, to - from)).padStart(6)
