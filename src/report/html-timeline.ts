import type { Outcome } from '../base/cause.ts'
import { formatDuration } from '../base/duration.ts'
import type { ReportStep, RunReport } from '../ports/report.ts'
import { html, type Html } from './html-text.ts'
import { attemptMs, attemptWords, nameOf, outcomeWords, tookMs, tookWords } from './words.ts'

/** Units across the whole width; a bar is never narrower than so many of them. */
const width = 1000
const narrowest = 4

/** The attempts of the steps as bars, and gates and what other steps are in, from the submission to the end or to now. */
export function timeline(report: RunReport): Html {
  const fromMs = Date.parse(report.submitted_at)
  const wholeMs = Math.max(1, Date.parse(report.finished_at ?? report.generated_at) - fromMs)
  const place = (ms: number): number => Math.round((width * ms) / wholeMs)
  const bar = (title: string, kind: string, from: string, ms: number): Html => {
    const length = Math.min(width, Math.max(narrowest, place(ms)))
    const begin = Math.min(width - length, Math.max(0, place(Date.parse(from) - fromMs)))
    return html`<rect class="${kind}" x="${begin}" y="2" width="${length}" height="10"><title>${title}</title></rect>`
  }
  const bars = (step: ReportStep, ms: number): readonly Html[] => {
    const kind = `${tone(step)}${step.kind === 'approval' ? ' waits' : ''}`
    if (step.attempt_list.length === 0)
      return [bar(`${outcomeWords(step)}, ${tookWords(report, step)}`, kind, step.started_at ?? '', ms)]
    const attempts = step.attempt_list.map((attempt) => {
      const took = attemptMs(report, attempt)
      return bar(attemptWords(report, attempt), tone(attempt), attempt.started_at, took)
    })
    return [...wait(step), ...attempts] // what was done is drawn above
  }
  const wait = ({ status, review, attempt_list: attempts, finished_at: until }: ReportStep): readonly Html[] => {
    const from = attempts.at(-1)?.finished_at ?? null
    if (from === null || (status !== 'gated' && (review?.decided_by ?? null) === null)) return []
    const waitedMs = Math.max(0, Date.parse(until ?? report.generated_at) - Date.parse(from))
    return [bar(`waited for a person, ${formatDuration(waitedMs)}`, 'open waits', from, waitedMs)]
  }
  const row = (step: ReportStep): Html => {
    const ms = tookMs(report, step)
    const name = step.inside === null ? 'name' : 'name inner'
    if (ms === null)
      return html`<span class="${name}" title="${nameOf(step)}">${nameOf(step)}</span
        ><span class="took wide">${outcomeWords(step)}</span> `
    const title = `${nameOf(step)}: ${outcomeWords(step)}, ${tookWords(report, step)}`
    return html`<span class="${name}" title="${nameOf(step)}">${nameOf(step)}</span
      ><svg viewBox="0 0 ${width} 14" preserveAspectRatio="none" role="img" aria-label="${title}">${bars(step, ms)}</svg
      ><span class="took">${tookWords(report, step)}</span> `
  }
  return html`<div class="timeline">${report.steps.map(row)}</div>`
}

/** The class of the colour that says how something ended; `open`: it has not. */
export const tone = ({ outcome }: { readonly outcome: Outcome | null }): string => outcome ?? 'open'
