import type { Cause } from '../base/cause.ts'
import type { Instant } from '../base/ids.ts'
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'
import type { RunSummary } from '../ports/client.ts'
import type { RunRow } from '../ports/journal.ts'
import type { RunResponse, RunStatus, StepResponse } from '../ports/response.ts'
import { evaluateIn } from '../run/scope.ts'
import type { RunState } from '../run/state.ts'
import { waitsFor } from '../run/waiting.ts'
import { stepResponses, timeOf } from './steps.ts'

/**
 * What a run came to, or how it stands, as the response contract has it.
 *
 * @param lastSeq the last event of the run that `run` is the fold of; streams go on behind it
 */
export function responseOf(run: RunState, now: Instant, lastSeq: number | null): RunResponse {
  const steps = stepResponses(run)
  const agents = agentsOf(steps)
  const simulated = run.simulate !== 'none' || steps.some((step) => step.agent === 'simulated')
  return {
    request_id: run.requestId,
    run_id: run.id,
    plan: run.plan.name,
    status: statusOf(run),
    waiting_for: waitsFor(run) === 'people' ? 'people' : null,
    outcome: run.phase === 'finished' ? run.outcome : null,
    cause: run.phase === 'finished' ? run.cause : null,
    simulated,
    submitted_at: new Date(run.submittedAt).toISOString(),
    started_at: timeOf(run.startedAt),
    finished_at: timeOf(run.finishedAt),
    execution_summary: {
      primary_agent: agents[0] ?? null,
      support_agents: agents.slice(1),
      duration_ms: (run.finishedAt ?? now) - run.submittedAt,
      tasks_completed: run.counts.success,
      tasks_failed: run.counts.failed,
    },
    steps,
    results: resultsOf(steps, agents),
    outputs: run.phase === 'finished' ? outputsOf(run) : {},
    artifacts: { pr_url: null, diff_summary: null, test_results: null, branch: null, commit: null, report: null },
    usage: usageOf(steps, simulated),
    error: errorOf(run, steps),
    last_event_id: lastSeq === null ? null : `${lastSeq}.${lastFact}`,
  }
}

/** Behind every fact of its event: a stream that resumes here begins with the next event. */
const lastFact = 999_999

export function statusOf(run: RunState): RunStatus {
  if (run.phase === 'finished') {
    if (run.outcome === 'success') return 'completed'
    return run.outcome === 'cancellation' ? 'cancelled' : 'failed'
  }
  if (waitsFor(run) === 'people') return 'waiting'
  return run.startedAt === null ? 'queued' : 'running'
}

/** A line of a listing: from the state while the run is alive, else from its row alone. */
export function summaryOf(row: RunRow, run: RunState | null): RunSummary {
  const base = {
    run_id: row.runId,
    plan: row.plan,
    submitted_at: new Date(row.submittedAt).toISOString(),
    finished_at: timeOf(row.finishedAt),
  }
  if (run === null) {
    const status = row.outcome === 'success' ? 'completed' : row.outcome === 'cancellation' ? 'cancelled' : 'failed'
    return { ...base, status, waiting_for: null, outcome: row.outcome, steps: null }
  }
  const { success, failed, skipped } = run.counts
  return {
    ...base,
    status: statusOf(run),
    waiting_for: waitsFor(run) === 'people' ? 'people' : null,
    outcome: run.phase === 'finished' ? run.outcome : null,
    steps: { total: run.graph.nodes.length, finished: success + failed + skipped, running: run.sets.running.size },
  }
}

/** The agents that worked, most attempts first; shell is last, because it is nobody's agent of choice. */
function agentsOf(steps: readonly StepResponse[]): string[] {
  const attempts = new Map<string, number>()
  for (const { agent, attempts: count } of steps)
    if (agent !== null) attempts.set(agent, (attempts.get(agent) ?? 0) + count)
  const weight = ([name, count]: [string, number]): number => (name === 'shell' ? -1 : count)
  return [...attempts].sort((a, b) => weight(b) - weight(a)).map(([name]) => name)
}

/** By agent: whether all its steps succeeded, and their outputs; names that two steps share are keyed `step.name`. */
function resultsOf(steps: readonly StepResponse[], agents: readonly string[]): RunResponse['results'] {
  return Object.fromEntries(
    agents.map((agent) => {
      const own = steps.filter((step) => step.agent === agent)
      const open = own.some((step) => step.status !== 'finished')
      const bad = own.find((step) => step.outcome !== null && step.outcome !== 'success')
      return [agent, { status: open ? 'running' : (bad?.outcome ?? 'success'), outputs: unite(own) }]
    }),
  )
}

function unite(steps: readonly StepResponse[]): JsonObject {
  const entries = steps.flatMap((step) => outputsOfStep(step).map(([name, value]) => ({ step: step.id, name, value })))
  const uses = new Map<string, number>()
  for (const { name } of entries) uses.set(name, (uses.get(name) ?? 0) + 1)
  return Object.fromEntries(
    entries.map(({ step, name, value }) => [uses.get(name) === 1 ? name : `${step}.${name}`, value]),
  )
}

const outputsOfStep = ({ outputs }: StepResponse): [string, Json][] =>
  isJsonObject(outputs) ? Object.entries(outputs) : []

/** The plan's outputs; one whose step never came to give it is `null`. */
function outputsOf(run: RunState): JsonObject {
  return Object.fromEntries(
    Object.entries(run.plan.outputs).map(([name, template]) => {
      const value = evaluateIn(run, template)
      return [name, value.ok ? value.value : null]
    }),
  )
}

function usageOf(steps: readonly StepResponse[], simulated: boolean): RunResponse['usage'] {
  const known = steps.flatMap(({ usage }) => (usage === null ? [] : [usage]))
  const sum = (pick: (usage: (typeof known)[number]) => number): number | null =>
    known.length === 0 ? null : known.reduce((total, usage) => total + pick(usage), 0)
  const costs = steps.flatMap((step) => (step.cost_usd === null ? [] : [step.cost_usd]))
  const cost = simulated || costs.length === 0 ? null : costs.reduce((total, usd) => total + usd, 0)
  return {
    input_tokens: sum((usage) => usage.input_tokens),
    output_tokens: sum((usage) => usage.output_tokens),
    cost_usd: cost,
    cost_source: cost === null ? null : 'reported',
  }
}

function errorOf(run: RunState, steps: readonly StepResponse[]): RunResponse['error'] {
  if (run.phase !== 'finished' || run.outcome === 'success') return null
  const { firstFailure } = run
  if (run.outcome === 'cancellation') {
    const reason = run.cancelReason === null ? '' : `: ${run.cancelReason}`
    return { step: null, cause: 'cancelled', message: `cancelled by ${run.cancelledBy ?? 'somebody'}${reason}` }
  }
  if (run.outcome === 'timeout') return { step: null, cause: 'timeout', message: 'max_duration was reached' }
  const step = steps.find(({ id }) => id === firstFailure?.step)
  const cause: Cause | null = firstFailure?.cause ?? null
  const why = step?.message === null || step === undefined ? (cause ?? 'failed') : step.message
  return { step: step?.id ?? null, cause, message: `step "${step?.id}": ${why}` }
}
