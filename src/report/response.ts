import { formatDuration } from '../base/duration.ts'
import type { Instant } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { RunSummary } from '../ports/client.ts'
import type { RunRow } from '../ports/journal.ts'
import type { RunResponse, RunStatus } from '../ports/response.ts'
import { stepState } from '../run/find.ts'
import { gatesAreProtected } from '../run/gate-protection.ts'
import { evaluateIn } from '../run/scope.ts'
import type { RunState } from '../run/state.ts'
import { waitsFor } from '../run/waiting.ts'
import { budgetOf } from './budget.ts'
import { changeArtifacts, pullRequestUrl } from './change.ts'
import { agentsOf, resultsOf } from './results.ts'
import { stepResponses, timeOf, timeOrNull } from './steps.ts'
import { testResults } from './tests.ts'
import { usageOf } from './usage.ts'

/**
 * What a run came to, or how it stands, as the response contract has it.
 *
 * @param lastSeq an event that `run` includes, with none of this run between it and the next that `run` does not
 * include: streams go on behind it
 */
export function responseOf(run: RunState, now: Instant, lastSeq: number | null): RunResponse {
  const steps = stepResponses(run)
  const [primary = null, ...support] = agentsOf(steps)
  const implicit = steps.filter((step) => step.implicit)
  const simulated = isSimulated(run)
  const isFinished = run.phase === 'finished'
  return {
    request_id: run.requestId,
    run_id: run.id,
    plan: run.plan.name,
    status: statusOf(run),
    waiting_for: waitingFor(run),
    waiting: standstillOf(run),
    // From `finally` on the state knows what the steps came to, but the run is not over yet.
    outcome: isFinished ? run.outcome : null,
    cause: isFinished ? run.cause : null,
    simulated,
    submitted_at: timeOf(run.submittedAt),
    started_at: timeOrNull(run.startedAt),
    finished_at: timeOrNull(run.finishedAt),
    execution_summary: {
      primary_agent: primary,
      support_agents: support,
      duration_ms: (run.finishedAt ?? now) - run.submittedAt,
      tasks_completed: run.counts.success - implicit.filter(({ outcome }) => outcome === 'success').length,
      tasks_failed: run.counts.failed,
    },
    steps,
    results: resultsOf(steps, primary === null ? [] : [primary, ...support]),
    outputs: isFinished ? outputsOf(run) : {},
    artifacts: {
      pr_url: pullRequestUrl(run),
      test_results: simulated ? null : testResults(run),
      report: run.phase === 'steps' ? null : (run.report ?? null),
      ...changeArtifacts(run),
    },
    gates_protected: gatesAreProtected(run),
    notes: run.context?.notes ?? [],
    clone: run.context?.clone === undefined ? null : { url: run.context.clone.url, git_dir: run.context.gitDir },
    work_tree: run.context === undefined || run.context.clone !== undefined ? null : run.context.workTree,
    usage: usageOf(steps, simulated),
    budget: budgetOf(run),
    error: isFinished ? errorOf(run) : null,
    last_event_id: lastSeq === null ? null : `${lastSeq}.${behindAllFacts}`,
  }
}

/** A position in an event's facts that none of them has: a run has 10,000 steps at most. */
const behindAllFacts = 999_999

/** A line of a listing: from the state while the run is alive, else from its row alone. */
export function summaryOf(row: RunRow, run: RunState | null): RunSummary {
  const base = {
    run_id: row.runId,
    plan: row.plan,
    submitted_at: timeOf(row.submittedAt),
    finished_at: timeOrNull(row.finishedAt),
  }
  if (run === null) {
    const { outcome } = row
    return { ...base, status: endStatus(outcome), waiting_for: null, outcome, steps: null }
  }
  const { success, failed, skipped } = run.counts
  return {
    ...base,
    status: statusOf(run),
    waiting_for: waitingFor(run),
    outcome: run.phase === 'finished' ? run.outcome : null,
    finished_at: timeOrNull(run.finishedAt),
    steps: { total: run.counts.total, finished: success + failed + skipped, running: run.sets.running.size },
  }
}

function statusOf(run: RunState): RunStatus {
  if (run.phase === 'finished') return endStatus(run.outcome)
  if (waitingFor(run) !== null) return 'waiting'
  return run.startedAt === null ? 'queued' : 'running'
}

function waitingFor(run: RunState): RunResponse['waiting_for'] {
  const what = waitsFor(run)
  return what === 'none' || what === 'nothing' ? null : what
}

function standstillOf({ standstill }: RunState): RunResponse['waiting'] {
  if (standstill === null) return null
  const { for: what, why, until, needsPerson } = standstill
  return { for: what, why, until: timeOrNull(until), needs_person: needsPerson }
}

function endStatus(outcome: RunState['outcome']): RunStatus {
  if (outcome === 'success') return 'completed'
  return outcome === 'cancellation' ? 'cancelled' : 'failed'
}

/** Whether anything of it was made up by the simulated agent. */
function isSimulated(run: RunState): boolean {
  if (run.simulate !== 'none') return true
  for (const state of run.states) if (state.past.simulated) return true
  return false
}

/** The plan's outputs; one whose step never came to give it is `null`. */
function outputsOf(run: RunState): JsonObject {
  return Object.fromEntries(
    Object.entries(run.plan.outputs).map(([name, template]) => {
      const value = evaluateIn(run, { level: 0 }, template)
      return [name, value.ok ? value.value : null]
    }),
  )
}

function errorOf(run: RunState): RunResponse['error'] {
  if (run.outcome === 'success') return null
  if (run.outcome === 'cancellation') {
    const reason = run.cancelReason === null ? '' : `: ${run.cancelReason}`
    return { step: null, cause: 'cancelled', message: `cancelled by ${run.cancelledBy ?? 'somebody'}${reason}` }
  }
  if (run.outcome === 'timeout') {
    const limit = run.plan.constraints.maxDurationMs
    const words = limit === null ? 'max_duration' : `max_duration (${formatDuration(limit)})`
    return { step: null, cause: 'timeout', message: `${words} was reached` }
  }
  const step = run.firstFailure?.step ?? null
  const state = step === null ? undefined : stepState(run, step)
  const why = (state?.status === 'finished' ? state.message : null) ?? run.cause ?? 'failed'
  return { step, cause: run.cause, message: step === null ? why : `step "${step}": ${why}` }
}
