import type { Instant } from '../base/ids.ts'
import type { StepResponse, StepStatus } from '../ports/response.ts'
import type { PastAttempts, RunState, StepState } from '../run/state.ts'

/** All steps in the order of the plan, `finally` last. */
export function stepResponses(run: RunState): StepResponse[] {
  return run.graph.nodes.map((_, index) => stepResponse(run, index))
}

/** The attempts of a step before the one that runs; `null` when it is not at that point yet. */
export const pastAttempts = (state: StepState): PastAttempts | null => ('past' in state ? state.past : null)

/** RFC 3339 UTC. */
export const timeOf = (at: Instant): string => new Date(at).toISOString()
export const timeOrNull = (at: Instant | null): string | null => (at === null ? null : timeOf(at))

function stepResponse(run: RunState, index: number): StepResponse {
  const { step } = run.graph.nodes[index]! // indices come from the graph
  const state = run.steps.get(index)
  const past = pastAttempts(state)
  const ended = state.status === 'finished' ? state : null
  const usage = past?.usage ?? null
  const running = state.status === 'running'
  return {
    id: step.id,
    name: step.name,
    kind: step.body.kind,
    finally: index >= run.graph.mainCount,
    depends_on: step.dependsOn,
    status: statusOf(state),
    outcome: ended?.outcome ?? null,
    // Until it has ended: why it is tried again.
    cause: ended === null ? (past?.lastCause ?? null) : ended.cause,
    skip_cause: ended?.skipCause ?? null,
    message: ended === null ? (past?.lastMessage ?? null) : ended.message,
    agent: running ? state.agent : (ended?.agent ?? null),
    attempts: (past?.count ?? 0) + (running ? 1 : 0),
    started_at: timeOrNull(startedAt(state)),
    finished_at: timeOrNull(ended?.finishedAt ?? null),
    exit_code: past?.exitCode ?? null,
    outputs: ended?.outputs ?? {},
    usage: usage === null ? null : { input_tokens: usage.inputTokens, output_tokens: usage.outputTokens },
    cost_usd: run.simulate !== 'none' || past === null || past.simulated ? null : past.costUsd,
    commit: null,
    gate:
      state.status === 'gated'
        ? { prompt: state.prompt, opened_at: timeOf(state.openedAt), deadline_at: timeOf(state.deadlineAt) }
        : null,
  }
}

function startedAt(state: StepState): Instant | null {
  if (state.status === 'finished') return state.startedAt
  if (state.status === 'gated') return state.openedAt
  return pastAttempts(state)?.firstStartedAt ?? null
}

function statusOf(state: StepState): StepStatus {
  switch (state.status) {
    case 'waiting':
    case 'condition':
    case 'gate_to_open':
      return 'waiting'
    case 'ready':
      return 'queued'
    case 'backing_off':
      return 'retrying'
    case 'running':
    case 'gated':
    case 'held':
    case 'finished':
      return state.status
  }
}
