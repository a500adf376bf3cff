import type { Instant } from '../base/ids.ts'
import type { StepResponse, StepStatus, Tokens } from '../ports/response.ts'
import type { Usage } from '../run/attempt-result.ts'
import { dependenciesOf, liveLevelIn, liveSteps } from '../run/find.ts'
import { overlapsOf } from '../run/overlap.ts'
import { allowingLines } from '../run/review.ts'
import { reachedWords } from '../run/reached.ts'
import type { PastAttempts } from '../run/past-attempts.ts'
import type { RunState, StepGated, StepState } from '../run/state.ts'

/** All steps in the order of the plan, `finally` last; what is inside of a step follows it. */
export function stepResponses(run: RunState): StepResponse[] {
  const overlaps = overlapsOf(run)
  return Array.from(liveSteps(run), (index) => stepResponse(run, index, overlaps))
}

/** RFC 3339 UTC. */
export const timeOf = (at: Instant): string => new Date(at).toISOString()
export const timeOrNull = (at: Instant | null): string | null => (at === null ? null : timeOf(at))

function stepResponse(run: RunState, index: number, overlaps: ReturnType<typeof overlapsOf>): StepResponse {
  const { id, spec, level: number, instance } = run.steps.get(index)
  const { base, graph, owner } = run.levels.get(number)
  const state = run.states.get(index)
  const { past } = state
  const ended = state.status === 'finished' ? state : null
  const { usage } = past
  const running = state.status === 'running'
  const inner = liveLevelIn(run, index)
  return {
    id,
    name: spec.name,
    label: instance?.label ?? null,
    kind: spec.body.kind,
    finally: index - base >= graph.mainCount,
    implicit: spec.implicit === true,
    inside: owner === null ? null : run.steps.get(owner).id,
    contains: inner === undefined ? null : run.levels.get(inner).graph.steps.length,
    depends_on: dependenciesOf(run, index),
    status: statusOf(state),
    outcome: ended?.outcome ?? null,
    // Until it has ended: why it is tried again.
    cause: ended === null ? past.lastCause : ended.cause,
    skip_cause: ended?.skipCause ?? null,
    message:
      state.status === 'paused' ? reachedWords(state.reached) : ended === null ? past.lastMessage : ended.message,
    agent: running ? state.agent : (ended?.agent ?? null),
    attempts: past.count + (running || (spec.body.kind === 'plan' && isOpen(state)) ? 1 : 0),
    started_at: timeOrNull(startedAt(state)),
    finished_at: timeOrNull(ended?.finishedAt ?? null),
    exit_code: past.exitCode,
    outputs: ended?.outputs ?? {},
    artifacts: (ended?.artifacts ?? []).map(({ path, sizeBytes, sha256 }) => ({ path, size_bytes: sizeBytes, sha256 })),
    usage: usage === null || past.untold.usage ? null : tokensOf(usage),
    ...costOf(run, past),
    commit: ended?.change?.commit ?? null,
    overlaps: (overlaps.get(id) ?? []).map(({ step, files, count }) => ({ step, files, count })),
    sandbox: past.sandbox,
    gate: state.status === 'gated' ? gateOf(state) : null,
    review: reviewOf(state),
  }
}

const tokensOf = (usage: Usage): Tokens => ({
  input_tokens: usage.inputTokens,
  output_tokens: usage.outputTokens,
  cache_read_tokens: usage.cacheReadTokens ?? null,
  cache_write_tokens: usage.cacheWriteTokens ?? null,
  reasoning_tokens: usage.reasoningTokens ?? null,
})

const gateOf = ({ prompt, openedAt, deadlineAt, reviewed }: StepGated): StepResponse['gate'] => ({
  prompt,
  opened_at: timeOf(openedAt),
  deadline_at: timeOf(deadlineAt),
  tree: reviewed?.review.tree ?? null,
})

function reviewOf(state: StepState): StepResponse['review'] {
  const review = state.status === 'gated' ? state.reviewed?.review : state.status === 'finished' ? state.review : null
  if (!review) return null
  const { verdict, policy, tree, findings, more = 0, approvers = [] } = review
  const decidedBy = state.status === 'finished' ? state.decidedBy : null
  return { verdict, policy, tree, findings, more, approvers, allow: allowingLines(review), decided_by: decidedBy }
}

/** What a step cost. A simulated one costs nobody anything, and of a shell step there is nothing to tell. */
function costOf(run: RunState, past: PastAttempts): Pick<StepResponse, 'cost_usd' | 'cost_source'> {
  if (run.simulate !== 'none' || past.simulated) return { cost_usd: null, cost_source: null }
  if (past.untold.cost) return { cost_usd: null, cost_source: 'unknown' }
  return { cost_usd: past.costUsd, cost_source: past.costSource }
}

function startedAt(state: StepState): Instant | null {
  if (state.status === 'finished') return state.startedAt
  if (state.status === 'gated') return state.openedAt
  return isOpen(state) ? state.since : state.past.firstStartedAt
}

const isOpen = (state: StepState): state is Extract<StepState, { readonly status: 'open' | 'to_close' }> =>
  state.status === 'open' || state.status === 'to_close'

function statusOf(state: StepState): StepStatus {
  switch (state.status) {
    case 'waiting':
    case 'condition':
    case 'to_open':
    case 'clearing':
    case 'dropped':
      return 'waiting'
    case 'ready':
      return 'queued'
    case 'backing_off':
      return 'retrying'
    case 'open':
    case 'to_close':
      return 'running'
    case 'running':
    case 'gated':
    case 'held':
    case 'paused':
    case 'finished':
      return state.status
  }
}
