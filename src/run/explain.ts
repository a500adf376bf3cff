import { formatDuration } from '../base/duration.ts'
import type { Instant, StepId } from '../base/ids.ts'
import { candidates, mustStop } from './decide.ts'
import type { RunState, StepFinished, StepState } from './state.ts'

/** What an explanation needs to know beside the run: the slots of the whole engine. */
export type Slots = { readonly limit: number; readonly running: number }

/** In words why a step is where it is, and what must happen for it to go on; `null` for an unknown step. */
export function explain(run: RunState, id: StepId, slots: Slots, now: Instant): string | null {
  const index = run.graph.indexOf.get(id)
  if (index === undefined) return null
  const state = run.steps.get(index)
  switch (state.status) {
    case 'waiting':
      return waitingFor(run, index)
    case 'condition':
      return `its dependencies are settled; its condition "${run.graph.nodes[index]!.step.when}" is evaluated next`
    case 'gate_to_open':
      return 'its gate is opened next'
    case 'ready':
      return queued(run, index, slots, now)
    case 'running':
      return `attempt ${state.attempt} runs on ${state.agent} since ${formatDuration(now - state.startedAt)}`
    case 'backing_off':
      if (state.until <= now) return queued(run, index, slots, now)
      return `attempt ${state.attempt - 1} ended with ${state.past.lastCause}; attempt ${state.attempt} starts in ${formatDuration(state.until - now)}`
    case 'gated':
      return `waits for a person since ${formatDuration(now - state.openedAt)}: ${state.prompt || 'approve?'} (rejected by itself in ${formatDuration(state.deadlineAt - now)}); orchd approve ${run.id} ${id}`
    case 'held':
      return `its attempt was lost with its processes, and on_crash is "ask": orchd resume ${run.id} --decide ${id}=rerun (or skip)`
    case 'finished':
      return ended(run, index, state)
  }
}

function waitingFor(run: RunState, index: number): string {
  const { nodes, mainCount } = run.graph
  if (index >= mainCount && run.phase === 'steps') return 'it belongs to finally, which starts when all steps are over'
  const open = nodes[index]!.dependsOn.filter((need) => run.steps.get(need).status !== 'finished')
  const names = open.slice(0, 5).map((need) => `${nodes[need]!.step.id} (${statusWord(run.steps.get(need))})`)
  const more = open.length > 5 ? ` and ${open.length - 5} more` : ''
  return `waits for ${names.join(', ')}${more}`
}

function queued(run: RunState, index: number, slots: Slots, now: Instant): string {
  const stop = mustStop(run)
  if (stop !== null)
    return `is not started any more: the run is being ${stop === 'deadline' ? 'cut off by max_duration' : 'cancelled'}`
  const cap = run.plan.constraints.maxParallel
  if (cap !== null && run.sets.running.size >= cap) {
    return `is ready; the plan's max_parallel of ${cap} is used up by this run`
  }
  if (slots.running >= slots.limit) {
    return `is ready; all ${slots.limit} slots (MAX_PARALLEL_AGENTS) are taken, ${run.sets.running.size} of them by this run`
  }
  let before = 0
  for (const candidate of candidates(run, now)) {
    if (candidate.index === index) break
    before++
  }
  return before === 0 ? 'is ready and next to start' : `is ready; ${before} steps of this run go before it`
}

function ended(run: RunState, index: number, state: StepFinished): string {
  const why = state.message === null ? '' : `: ${state.message}`
  if (state.outcome !== 'skip') {
    const by = state.decidedBy === null ? '' : ` by ${state.decidedBy}`
    const forgiven =
      run.graph.nodes[index]!.step.continueOnError && state.outcome !== 'success'
        ? ' (forgiven: continue_on_error)'
        : ''
    return `ended with ${state.outcome}${state.cause === null ? '' : ` (${state.cause})`}${by}${forgiven}${why}`
  }
  switch (state.skipCause) {
    case 'condition':
      if (state.decidedBy !== null) return `was skipped by ${state.decidedBy}`
      return `was skipped: its condition "${run.graph.nodes[index]!.step.when}" was false`
    case 'upstream_failed':
    case 'upstream_skipped': {
      const verb = state.skipCause === 'upstream_failed' ? 'did not succeed' : 'was skipped'
      const step = run.graph.nodes[index]!
      const culprits = step.dependsOn.filter((need) => {
        const dependency = run.steps.get(need)
        return dependency.status === 'finished' && dependency.outcome !== 'success'
      })
      const names = culprits.slice(0, 5).map((need) => run.graph.nodes[need]!.step.id)
      return `was skipped: ${names.join(', ')} ${verb}, and its trigger_rule is ${step.step.triggerRule}`
    }
    case null:
      return `was never started: the run ${state.cause === 'timeout' ? 'ran out of time (max_duration)' : 'was cancelled'}`
  }
}

/** One word for a step's state, as `status` and `explain` show it. */
export function statusWord(state: StepState): string {
  switch (state.status) {
    case 'waiting':
    case 'condition':
      return 'waiting'
    case 'gate_to_open':
    case 'gated':
      return 'waiting for approval'
    case 'ready':
      return 'queued'
    case 'backing_off':
      return 'retrying'
    case 'held':
      return 'held'
    case 'running':
      return 'running'
    case 'finished':
      return state.outcome
  }
}
