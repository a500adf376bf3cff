import { isJsonObject, type Json } from '../base/json.ts'
import type { ReportStep, RunReport } from '../ports/report.ts'
import { placeOf } from '../run/review.ts'
import { markdownBlock, markdownCode, markdownText } from './markdown-text.ts'
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
  tookWords,
  usedWords,
  warningsOf,
} from './words.ts'

/** The report as Markdown (GitHub's), also as the body of a pull request. */
export function markdownOf(report: RunReport): string {
  return `${[
    `# ${markdownText(headlineOf(report))}`,
    ...(report.description === null ? [] : [markdownText(report.description)]),
    ...warningsOf(report).map((warning) => `> **Note** ${markdownText(warning)}`),
    ...(report.error === null ? [] : [`**${markdownText(report.error.message)}**`]),
    list(factsOf(report).map(([name, value]) => `${name}: ${markdownText(value)}`)),
    '## Steps',
    stepTable(report),
    ...troubles(report),
    ...section('Failed tests', failedTests(report.steps), ({ name, file, message }) => {
      const place = file === null ? '' : ` in ${markdownCode(file)}`
      return `${markdownText(name)}${place}${message === null ? '' : `: ${markdownText(message)}`}`
    }),
    ...section('Decisions', allDecisions(report), (decision) => {
      const why = decision.why === null ? '' : `: ${markdownText(decision.why)}`
      return `${markdownText(decisionWords(decision))}${why} (${decision.at}${decision.since})`
    }),
    ...conflicts(report),
    ...findings(report),
    ...said(report),
    ...(isEmpty(report.outputs) ? [] : ['## Outputs', markdownBlock(JSON.stringify(report.outputs, null, 2), 'json')]),
    '## Trace, and how to do it again',
    again(report),
  ].join('\n\n')}\n`
}

function stepTable(report: RunReport): string {
  const columns: readonly (readonly [string, (step: ReportStep) => string])[] = [
    ['step', (step) => markdownText(nameOf(step))],
    ['outcome', (step) => markdownText(outcomeWords(step))],
    ['agent', (step) => markdownText(agentWords(step))],
    ['attempts', ({ attempts }) => (attempts === 0 ? '' : String(attempts))],
    ['took', (step) => markdownText(tookWords(report, step))],
    ['change', (step) => markdownText(changeWords(step))],
    ['used', (step) => markdownText(usedWords(step))],
  ]
  // A column that is empty in all rows is left out.
  const rows = report.steps.map((step) => columns.map(([, cell]) => cell(step)))
  const shown = columns.flatMap((_, at) => (rows.some((row) => row[at] !== '') ? [at] : []))
  return [
    line(shown.map((at) => columns[at]?.[0])),
    line(shown.map(() => '---')),
    ...rows.map((row) => line(shown.map((at) => row[at]))),
  ].join('\n')
}

const line = (cells: readonly (string | undefined)[]): string => `| ${cells.join(' | ')} |`

const troubles = ({ steps }: RunReport): string[] =>
  section(
    'What went wrong',
    steps.filter(({ outcome, message }) => message !== null && outcome !== null && !good.has(outcome)),
    (step) => `${markdownCode(step.id)} ${markdownText(outcomeWords(step))}: ${markdownText(step.message ?? '')}`,
  )

const good: ReadonlySet<string> = new Set(['success', 'skip'])

/** What the steps' changes did not agree on, and who reconciled it. */
const conflicts = ({ steps }: RunReport): string[] =>
  section(
    'Conflicts that were resolved',
    steps.flatMap(({ id, kind, outputs }) => {
      const resolved = kind === 'integrate' && isJsonObject(outputs) ? outputs['conflicts_resolved'] : null
      return Array.isArray(resolved) ? resolved.filter(isJsonObject).map((one) => ({ id, ...one })) : []
    }),
    ({ id, files, sides, by }: { id: string; files?: Json; sides?: Json; by?: Json }) => {
      const [one = '', other = ''] = listOf(sides).map((side) => listOf(side).map(textOf).join(', ') || 'the base')
      const where = listOf(files)
        .map((file) => markdownCode(textOf(file)))
        .join(', ')
      return `${markdownCode(id)}: ${markdownText(one)} and ${markdownText(other)} in ${where}, by ${markdownText(textOf(by ?? null))}`
    },
  )

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : [])
const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

const findings = ({ steps }: RunReport): string[] =>
  section(
    'Findings of the review',
    steps.flatMap(({ id, review }) => (review === null ? [] : review.findings.map((finding) => ({ id, ...finding })))),
    ({ id, rule, action, message, ...place }) =>
      `${markdownCode(id)} ${action}: ${markdownText(rule)} in ${markdownCode(placeOf(place))}: ${markdownText(message)}`,
  )

/** What a reader takes in; `orchd status RUN --json` has all of it. */
const longestSaid = 4000
const mostSaid = 50

/** What the agents said: a design, what a review found. */
function said({ steps }: RunReport): readonly string[] {
  const texts = steps.flatMap(({ id, agent, kind, outputs }) => {
    if (kind !== 'prompt' || isEmpty(outputs)) return []
    const { text, ...others } = isJsonObject(outputs) ? outputs : { text: undefined, outputs }
    const parts = [
      ...(typeof text === 'string' ? [markdownBlock(shortened(text), 'text')] : []),
      ...(typeof text === 'string' && isEmpty(others)
        ? []
        : [markdownBlock(shortened(JSON.stringify(typeof text === 'string' ? others : outputs, null, 2)), 'json')]),
    ]
    return [`${markdownCode(id)}, ${markdownText(agent ?? 'nobody')}:\n\n${parts.join('\n\n')}`]
  })
  const more = texts.length > mostSaid ? [`and ${texts.length - mostSaid} more steps`] : []
  return texts.length === 0 ? [] : ['## What the agents said', ...texts.slice(0, mostSaid), ...more]
}

const shortened = (text: string): string =>
  text.length > longestSaid
    ? `${text.slice(0, longestSaid)}\n… (${text.length - longestSaid} more characters)`
    : text.trimEnd()

function again({ trace, reproduce }: RunReport): string {
  const link = trace.url === null ? '' : `, ${trace.url}`
  const sum = reproduce.plan_sha256 === '' ? '' : ` (SHA-256 of the plan: ${markdownCode(reproduce.plan_sha256)})`
  return list([`${markdownCode(reproduce.command)}${sum}`, `trace ${markdownCode(trace.trace_id)}${link}`])
}

const section = <T>(title: string, items: readonly T[], words: (item: T) => string): string[] =>
  items.length === 0 ? [] : [`## ${title}`, list(items.map(words))]

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n')
