import type { Json } from '../base/json.ts'
import type { ReportStep, RunReport } from '../ports/report.ts'
import { placeOf } from '../run/review.ts'
import { style } from './html-style.ts'
import { html, Html, htmlLines, nothing } from './html-text.ts'
import { timeline, tone } from './html-timeline.ts'
import { failedTests } from './tests.ts'
import {
  agentWords,
  allDecisions,
  changeWords,
  decisionWords,
  factsOf,
  headlineOf,
  isEmpty,
  nameOf,
  outcomeWords,
  stateWords,
  tookAll,
  tookWords,
  usedWords,
  warningsOf,
} from './words.ts'

/** Nothing is loaded or run: the page is one file, and hostile text in it stays text. */
export const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

/** The report as one page that needs nothing else. */
export function htmlOf(report: RunReport): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${new Html(pagePolicy)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${headlineOf(report)}</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        <h1>${report.plan}</h1>
        <p>
          <span class="badge ${tone(report)}">${stateWords(report)}</span>
          <span class="faint">${tookAll(report)}</span>
        </p>
        ${report.description === null ? nothing : html`<p>${report.description}</p>`}
        ${warningsOf(report).map((warning) => html`<p class="note">${warning}</p>`)}
        ${report.error === null ? nothing : html`<p class="note bad">${report.error.message}</p>`}
        <dl>
          ${factsOf(report).map(
            ([name, value]) =>
              html`<dt>${name}</dt>
                <dd>${value}</dd>`,
          )}
        </dl>
        <h2>Timeline</h2>
        ${timeline(report)}
        <h2>Steps</h2>
        ${stepTable(report)}
        ${section('Failed tests', failedTests(report.steps), ({ name, file, message }) => html`<li>${name}${file === null ? nothing : html` in <code>${file}</code>`}${message === null ? nothing : html`: ${message}`}</li>`)}
        ${section(
          'Decisions',
          allDecisions(report),
          (decision) =>
            html`<li>
              ${decisionWords(decision)}${decision.why === null ? nothing : html`: ${decision.why}`}
              <span class="faint"><time>${decision.at}</time>${decision.since}</span>
            </li>`,
        )}
        ${findings(report)} ${outputs(report)}
        <h2>Trace, and how to do it again</h2>
        <pre>${htmlLines(report.reproduce.command)}</pre>
        ${report.reproduce.plan_sha256 === '' ? nothing : html`<p class="faint">SHA-256 of the plan: <code>${report.reproduce.plan_sha256}</code></p>`}
        <p>trace <code>${report.trace.trace_id}</code>${traceLink(report)}</p>
        <p class="faint">orchd ${report.orchd_version}, ${report.generated_at}</p>
      </body>
    </html> `.text
}

function stepTable(report: RunReport): Html {
  const columns: readonly (readonly [string, (step: ReportStep) => string])[] = [
    ['agent', agentWords],
    ['attempts', ({ attempts }) => (attempts === 0 ? '' : String(attempts))],
    ['took', (step) => tookWords(report, step)],
    ['change', changeWords],
    ['used', usedWords],
  ]
  const shown = columns.filter(([, cell]) => report.steps.some((step) => cell(step) !== ''))
  const row = (step: ReportStep): Html =>
    html`<tr>
      <td>${nameOf(step)}${step.message === null ? nothing : html`<div class="faint">${step.message}</div>`}</td>
      <td><span class="${tone(step)}">${outcomeWords(step)}</span></td>
      ${shown.map(([, cell]) => html`<td>${cell(step)}</td>`)}
    </tr> `
  return html`<div class="table">
    <table>
      <thead>
        <tr>
          <th>step</th>
          <th>outcome</th>
          ${shown.map(([title]) => html`<th>${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${report.steps.map(row)}
      </tbody>
    </table>
  </div>`
}

const findings = ({ steps }: RunReport): Html =>
  section(
    'Findings of the review',
    steps.flatMap(({ id, review }) => (review === null ? [] : review.findings.map((finding) => ({ id, ...finding })))),
    ({ id, rule, action, message, file, line }) =>
      html`<li>
        <code>${id}</code> <strong>${action}</strong> ${rule} in <code>${placeOf({ file, line })}</code>: ${message}
      </li>`,
  )

function outputs(report: RunReport): Html {
  const all: readonly { readonly title: string; readonly value: Json }[] = [
    ...(isEmpty(report.outputs) ? [] : [{ title: 'the run', value: report.outputs }]),
    ...report.steps.flatMap(({ id, outputs: value, contains }) =>
      isEmpty(value) || contains !== null ? [] : [{ title: id, value }],
    ),
  ]
  if (all.length === 0) return nothing
  const one = ({ title, value }: (typeof all)[number]): Html =>
    html`<details${new Html(title === 'the run' ? ' open' : '')}><summary>${title}</summary><pre>${htmlLines(JSON.stringify(value, null, 2))}</pre></details>
`
  return html`<h2>Outputs</h2>
    ${all.map(one)}`
}

/** Only an address of the web becomes a link. */
const traceLink = ({ trace: { url } }: RunReport): Html =>
  url === null || !/^https?:\/\//.test(url) ? nothing : html`, <a href="${url}" rel="noreferrer">open it</a>`

const section = <T>(title: string, items: readonly T[], item: (item: T) => Html): Html =>
  items.length === 0
    ? nothing
    : html`<h2>${title}</h2>
        <ul>
          ${items.map(item)}
        </ul>`
