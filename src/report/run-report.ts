import type { Instant } from '../base/ids.ts'
import { createRedactor } from '../base/redact.ts'
import type { ReportStep, RunReport } from '../ports/report.ts'
import type { StepResponse } from '../ports/response.ts'
import type { Change } from '../run/change.ts'
import type { RunEvent } from '../run/event.ts'
import { liveSteps } from '../run/find.ts'
import type { RunState, RunStep, StepState } from '../run/state.ts'
import { attemptsIn } from './attempts.ts'
import { decisionsBefore } from './decisions-before.ts'
import { decisionsOf } from './decisions.ts'
import { reproductionOf } from './reproduce.ts'
import { responseOf } from './response.ts'
import { timeOf } from './steps.ts'

export type ReportContext = {
  readonly now: Instant
  readonly orchdVersion: string
  readonly trace: RunReport['trace']
  /** What happened in the run, in order. */
  readonly events: Iterable<RunEvent>
  /** Texts that must not be shown: adapters have kept them out of what they report, plans may hold them all the same. */
  readonly secretValues: readonly string[]
}

/** What a reviewer wants to know of a run, as it stands. */
export function reportOf(run: RunState, { now, orchdVersion, trace, events, secretValues }: ReportContext): RunReport {
  const { last_event_id: _, steps, ...response } = responseOf(run, now, null)
  const attempts = attemptsIn(events)
  const decisions = decisionsOf(run)
  const indices = Array.from(liveSteps(run))
  const report: RunReport = {
    report_version: 1,
    generated_at: timeOf(now),
    orchd_version: orchdVersion,
    ...response,
    description: run.plan.description,
    steps_outcome: run.phase === 'steps' ? null : run.outcome,
    steps: steps.map((step, at) => {
      const index = indices[at]! // both list the same steps
      const more = moreOf(run.steps.get(index), run.states.get(index))
      return { ...step, ...more, attempt_list: attempts.get(run.steps.get(index).id) ?? [] }
    }),
    decisions,
    decisions_before: decisionsBefore(events, decisions),
    retries: run.retries,
    base: run.context === undefined ? null : { name: run.context.baseName, commit: run.context.base },
    trace,
    reproduce: reproductionOf(run),
  }
  const redactor = createRedactor(secretValues)
  return redactor.active ? (redacted(report, (text) => redactor.text(text)) as RunReport) : report // texts stay texts
}

function moreOf({ spec }: RunStep, state: StepState): Omit<ReportStep, keyof StepResponse | 'attempt_list'> {
  const change =
    state.status === 'finished' ? state.change : state.status === 'gated' ? state.reviewed?.result.change : null
  return {
    description: spec.description,
    model: spec.model,
    change: change ? changeOf(change) : null,
  }
}

const changeOf = ({ base, commit, files, insertions, deletions }: Change): ReportStep['change'] => ({
  base,
  commit,
  files,
  insertions,
  deletions,
})

/** @param names whether names of properties may be anybody's texts: in outputs, not in what we call things */
function redacted(value: unknown, text: (plain: string) => string, names = false): unknown {
  if (typeof value === 'string') return text(value)
  if (Array.isArray(value)) return value.map((item) => redacted(item, text, names))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      names ? text(name) : name,
      redacted(inner, text, names || name === 'outputs'),
    ]),
  )
}
