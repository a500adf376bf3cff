import { formatDuration } from '../base/duration.ts'
import type { ReportAttempt, ReportDecision, ReportStep, RunReport } from '../ports/report.ts'
import { budgetWords, costWords, tokenWords } from './spent.ts'

/** What a report says in words, the same in Markdown and HTML. Texts of others in it are not escaped yet. */

export const headlineOf = (report: RunReport): string => `${report.plan}: ${stateWords(report)}, ${tookAll(report)}`

/** `completed`, `failed (exit_nonzero)`, `waiting for people`, `success, finally runs`. */
export function stateWords({ status, cause, waiting_for: waits, steps_outcome: steps }: RunReport): string {
  if (waits !== null) return `waiting for ${waits}`
  if (status === 'running' && steps !== null) return `${steps}, finally runs`
  return cause === null || status === 'cancelled' ? status : `${status} (${cause})`
}

export const tookAll = ({ execution_summary: summary }: RunReport): string => formatDuration(summary.duration_ms)

/** `success`, `failure (exit_nonzero)`, `skip (condition)`, or how a step stands that is not over. */
export function outcomeWords({ status, outcome, cause, skip_cause: skip }: ReportStep): string {
  if (outcome === null) return status
  const why = outcome === 'skip' ? skip : outcome === 'success' ? null : cause
  return why === null || why === outcome ? outcome : `${outcome} (${why})`
}

/** What tells a step from others: its id, and what it is called. */
export const nameOf = ({ id, name, label }: ReportStep): string =>
  [id, ...(label === null ? [] : [`(${label})`]), ...(name === null || name === id ? [] : [`- ${name}`])].join(' ')

export const agentWords = ({ agent, model }: ReportStep): string =>
  agent === null ? '' : model === null ? agent : `${agent}, ${model}`

export const changeWords = ({ change }: ReportStep): string =>
  change === null || change.files === 0
    ? ''
    : `+${change.insertions} -${change.deletions} in ${count(change.files, 'file')}`

export function usedWords(step: ReportStep): string {
  // Of shell steps and of those that did not run there is nothing to tell.
  if (step.usage === null && step.cost_usd === null && step.cost_source === null) return ''
  const tokens = step.usage === null ? [] : [tokenWords(step.usage)]
  return [costWords(step.cost_usd, step.cost_source), ...tokens].join(', ')
}

export const tookMs = (report: RunReport, { started_at: from, finished_at: until }: ReportStep): number | null =>
  from === null ? null : Math.max(0, Date.parse(until ?? report.generated_at) - Date.parse(from))

export const tookWords = (report: RunReport, step: ReportStep): string => {
  const ms = tookMs(report, step)
  return ms === null ? '' : formatDuration(ms)
}

export const attemptMs = (report: RunReport, { started_at: from, finished_at: until }: ReportAttempt): number =>
  Math.max(0, Date.parse(until ?? report.generated_at) - Date.parse(from))

/** `attempt 2, openai_codex: failure (tests_failed), 3.2s`. */
export function attemptWords(report: RunReport, one: ReportAttempt): string {
  const { attempt, agent, outcome, cause } = one
  const end = outcome === null ? 'running' : cause === null || cause === outcome ? outcome : `${outcome} (${cause})`
  return `attempt ${attempt}, ${agent}: ${end}, ${formatDuration(attemptMs(report, one))}`
}

const decided = { approve: 'approved', reject: 'rejected', skip: 'skipped', fail: 'failed' } as const
const things = {
  approval: 'the gate',
  change: 'the change of',
  conflict: 'how the conflict was resolved in',
  lost_attempt: 'the lost attempt of',
} as const

/** `ada approved the change of api`. */
export const decisionWords = ({ by, decision, about, step }: ReportDecision): string =>
  `${by ?? 'nobody answered in time: orchd'} ${decided[decision]} ${things[about]} ${step}`

/** In the order of time; those that no longer stand say so. */
export const allDecisions = ({ decisions, decisions_before: before }: RunReport): readonly Decided[] =>
  [
    ...before.map((one) => ({ ...one, since: ', which no longer stands' })),
    ...decisions.map((one) => ({ ...one, since: '' })),
  ].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))

type Decided = ReportDecision & { readonly since: string }

/** What the run came to, as names and values; those that are not known are not there. */
export function factsOf(report: RunReport): readonly (readonly [name: string, value: string])[] {
  const { execution_summary: summary, artifacts, usage, budget, base } = report
  const agents = [summary.primary_agent, ...summary.support_agents].filter((agent) => agent !== null)
  const facts: readonly (readonly [string, string | null])[] = [
    ['run', report.run_id],
    ['request', report.request_id],
    ['submitted', report.submitted_at],
    ['finished', report.finished_at],
    ['steps', `${summary.tasks_completed} succeeded, ${summary.tasks_failed} failed`],
    ['agents', agents.length === 0 ? null : agents.join(', ')],
    ['tests', artifacts.test_results],
    ['change', artifacts.diff_summary],
    ['branch', artifacts.branch],
    ['commit', artifacts.commit],
    ['from', base === null ? null : `${base.name} (${base.commit})`],
    ['pull request', artifacts.pr_url],
    ['used', usage.input_tokens === null && usage.cost_source === null ? null : usageWords(report)],
    ['budget', budget === null ? null : budgetWords(budget)],
    ['taken up again', report.retries === 0 ? null : count(report.retries, 'time')],
  ]
  return facts.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]))
}

const usageWords = ({ usage }: RunReport): string =>
  `${costWords(usage.cost_usd, usage.cost_source)}, ${tokenWords(usage)}`

/** What a reader must know before the rest. */
export function warningsOf(report: RunReport): readonly string[] {
  return [
    ...(report.simulated ? ['simulated: what agents did here is made up'] : []),
    ...(report.gates_protected
      ? []
      : ['an agent, or what it may have written, worked without a sandbox, and could have answered gates itself']),
    ...report.notes,
  ]
}

export const count = (amount: number, thing: string): string => `${amount} ${thing}${amount === 1 ? '' : 's'}`

/** Whether the outputs of a step or run say anything. */
export const isEmpty = (outputs: unknown): boolean =>
  outputs === null || (typeof outputs === 'object' && Object.keys(outputs).length === 0)
