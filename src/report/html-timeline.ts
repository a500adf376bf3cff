import type { ReportStep, RunReport } from '../ports/report.ts'
import { html, type Html } from './html-text.ts'
import { nameOf, outcomeWords, tookMs, tookWords } from './words.ts'

/** Units across the whole width; a bar is never narrower than so many of them. */
const width = 1000
const narrowest = 4

/** The steps as bars, from the submission to the end or to now. */
export function timeline(report: RunReport): Html {
  const from = Date.parse(report.submitted_at)
  const wholeMs = Math.max(1, Date.parse(report.finished_at ?? report.generated_at) - from)
  const place = (ms: number): number => Math.round((width * ms) / wholeMs)
  const row = (step: ReportStep): Html => {
    const ms = tookMs(report, step)
    const inner = step.inside === null ? '' : 'inner'
    if (ms === null)
      return html`<span class="${inner}">${nameOf(step)}</span><span></span><span>${outcomeWords(step)}</span> `
    const length = Math.min(width, Math.max(narrowest, place(ms)))
    const begin = Math.min(width - length, Math.max(0, place(Date.parse(step.started_at ?? '') - from)))
    const title = `${nameOf(step)}: ${outcomeWords(step)}, ${tookWords(report, step)}`
    return html`<span class="${inner}" title="${nameOf(step)}">${nameOf(step)}</span
      ><svg viewBox="0 0 ${width} 14" preserveAspectRatio="none" role="img" aria-label="${title}">
        <title>${title}</title>
        <rect
          class="${tone(step)}${step.kind === 'approval' ? ' waits' : ''}"
          x="${begin}"
          y="2"
          width="${length}"
          height="10"
        /></svg
      ><span>${tookWords(report, step)}</span> `
  }
  return html`<div class="timeline">${report.steps.map(row)}</div>`
}

/** The class of the colour that says how something ended; `open`: it has not. */
export const tone = ({ outcome }: Pick<ReportStep | RunReport, 'outcome'>): string => outcome ?? 'open'
