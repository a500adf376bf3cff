import type { Instant } from '../base/ids.ts'
import type { StepResponse, StepStatus } from '../ports/response.ts'
import type { RunState, StepState } from '../run/state.ts'

/** RFC 3339 UTC, or `null`. */
export const timeOf = (at: Instant | null): string | null => (at === null ? null : new Date(at).toISOString())

/** All steps in the order of the plan, `finally` last. */
export function stepResponses(run: RunState): StepResponse[] {
  return run.graph.nodes.map((_, index) => stepResponse(run, index))
}

function stepResponse(run: RunState, index: number): StepResponse {
  const { step } = run.graph.nodes[index]! // indices come from the graph
  const state = run.steps.get(index)
  const past = 'past' in state ? state.past : null
  const ended = state.status === 'finished' ? state : null
  const { usage } = past ?? { usage: null }
  const running = state.status === 'running'
  return {
    id: step.id,
    name: step.name,
    kind: step.body.kind,
    finally: index >= run.graph.mainCount,
    depends_on: step.dependsOn,
    status: statusOf(state),
    outcome: ended?.outcome ?? null,
    cause: ended?.cause ?? past?.lastCause ?? null,
    skip_cause: ended?.skipCause ?? null,
    message: ended === null ? (past?.lastMessage ?? null) : ended.message,
    agent: running ? state.agent : (ended?.agent ?? null),
    attempts: (past?.count ?? 0) + (running ? 1 : 0),
    started_at: timeOf(startedAt(state)),
    finished_at: timeOf(ended?.finishedAt ?? null),
    exit_code: past?.exitCode ?? null,
    outputs: ended?.outputs ?? {},
    usage: usage === null ? null : { input_tokens: usage.inputTokens, output_tokens: usage.outputTokens },
    cost_usd: past?.costUsd ?? null,
    commit: null,
    gate:
      state.status === 'gated'
        ? { prompt: state.prompt, opened_at: isoOf(state.openedAt), deadline_at: isoOf(state.deadlineAt) }
        : null,
  }
}

const isoOf = (at: Instant): string => new Date(at).toISOString()

function startedAt(state: StepState): Instant | null {
  if (state.status === 'finished') return state.startedAt
  if (state.status === 'gated') return state.openedAt
  return 'past' in state ? state.past.firstStartedAt : null
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
