import { formatDuration } from '../base/duration.ts'
import type { Instant, StepId } from '../base/ids.ts'
import type { AgentSlots } from './agent-slots.ts'
import { candidates } from './candidates.ts'
import { mustStop } from './decide.ts'
import { choose } from './dispatch.ts'
import { indexOf, liveLevelIn } from './find.ts'
import { allIndicesOf, type Level } from './level.ts'
import type { Roster } from './roster.ts'
import type { Funds } from './funds.ts'
import { overlapsOf, overlapWords } from './overlap.ts'
import { Purse } from './purse.ts'
import { reachedWords } from './reached.ts'
import { atWorkInShared, isShared } from './shared.ts'
import type { RunState, StepFinished, StepPaused, StepState } from './state.ts'

/** What an explanation needs to know beside the run: the slots of the whole engine. */
export type Slots = {
  /** 0: of one who only looks, because nobody holds the state folder. */
  readonly limit: number
  readonly running: number
  readonly roster: Roster
  readonly agents: AgentSlots
  readonly funds: Funds
}

/** In words why a step is where it is, and what must happen for it to go on; `null` for an unknown step. */
export function explain(run: RunState, id: StepId, slots: Slots, now: Instant): string | null {
  const why = explainState(run, id, slots, now)
  const overlaps = why === null ? undefined : overlapsOf(run).get(id)
  return overlaps === undefined ? why : `${why}; ${overlaps.map(overlapWords).join('; ')}`
}

function explainState(run: RunState, id: StepId, slots: Slots, now: Instant): string | null {
  const index = indexOf(run, id)
  if (index === undefined) return null
  const state = run.states.get(index)
  const { spec } = run.steps.get(index)
  switch (state.status) {
    case 'waiting':
      return waitingFor(run, index)
    case 'condition':
      return `its dependencies are settled; its condition "${spec.when}" is evaluated next`
    case 'to_open':
      return spec.body.kind === 'approval' ? 'its gate is opened next' : 'is opened next'
    case 'ready':
      return queued(run, index, slots, now)
    case 'running':
      if (state.voided !== null) return `attempt ${state.attempt} is being stopped: the run was taken back to before it`
      return `attempt ${state.attempt} runs on ${state.agent} since ${formatDuration(now - state.startedAt)}${state.why === null ? '' : ` (${state.why})`}`
    case 'backing_off':
      if (state.until <= now) return queued(run, index, slots, now)
      return `attempt ${state.attempt - 1} ended with ${state.past.lastCause}; attempt ${state.attempt} starts in ${formatDuration(state.until - now)}`
    case 'gated':
      if (state.conflict !== undefined) {
        return `met a conflict, and waits for a person since ${formatDuration(now - state.openedAt)}: ${state.prompt}`
      }
      if (state.reviewed !== undefined) {
        return `attempt ${state.reviewed.attempt} succeeded, and its change waits for a person since ${formatDuration(now - state.openedAt)}: ${state.prompt} (rejected by itself in ${formatDuration(state.deadlineAt - now)}); orchd review ${run.id} ${id}`
      }
      return `waits for a person since ${formatDuration(now - state.openedAt)}: ${state.prompt || 'approve?'} (rejected by itself in ${formatDuration(state.deadlineAt - now)}); orchd approve ${run.id} ${id}`
    case 'held':
      return `its attempt was lost with its processes, and on_crash is "ask": orchd resume ${run.id} --decide ${id}=rerun (or skip)`
    case 'paused':
      return `${reachedWords(state.reached)}; ${wayOut(run, state.reached)}`
    case 'open':
    case 'to_close':
      return opened(run, index)
    case 'clearing':
      return `the run was taken back to before it; ${state.left} of its attempts are still being stopped`
    case 'dropped':
      return 'is no part of the run any more'
    case 'finished':
      return ended(run, index, state)
  }
}

/** What lets a step go on that waits for a budget. */
const wayOut = (run: RunState, { of, until, unit }: StepPaused['reached']): string =>
  of === 'day'
    ? `it goes on by itself at ${new Date(until ?? 0).toISOString()}, or with a larger budget.max_usd_per_day: orchd resume ${run.id}`
    : `orchd resume ${run.id} ${unit === 'usd' ? '--budget USD' : '--budget-tokens TOKENS'} allows so much more`

function waitingFor(run: RunState, index: number): string {
  const level = run.levels.get(run.steps.get(index).level)
  const local = index - level.base
  if (local >= level.graph.mainCount && level.phase === 'steps')
    return 'it belongs to finally, which starts when all steps are over'
  const needs = level.graph.steps[local]!.dependsOn.map((need) => level.base + need) // the level holds the step
  const open = needs.filter((need) => run.states.get(need).status !== 'finished')
  return `waits for ${listed(open.map((need) => `${run.steps.get(need).id} (${statusWord(run.states.get(need))})`))}`
}

function opened(run: RunState, index: number): string {
  const number = liveLevelIn(run, index)
  const level = number === undefined ? null : run.levels.get(number)
  const open = (level === null ? [] : allIndicesOf(level)).filter((at) => run.states.get(at).status !== 'finished')
  const names = open.map((at) => `${run.steps.get(at).id} (${statusWord(run.states.get(at))})`)
  const of = level?.graph.steps.length ?? 0
  return `${of - open.length} of its ${of} steps are over; it waits for ${listed(names)}`
}

const most = 5

/** A list that stays readable. */
const listed = (names: readonly string[]): string =>
  names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`

function queued(run: RunState, index: number, slots: Slots, now: Instant): string {
  const levels = levelsAround(run, index)
  const stop = levels.map((level) => mustStop(run, level)).find((reason) => reason !== null)
  if (stop !== undefined)
    return `is not started any more: the run is being ${stop === 'deadline' ? 'cut off by its limit of time' : 'cancelled'}`
  const full = levels.find(({ maxParallel, running }) => maxParallel !== null && running >= maxParallel)
  if (full !== undefined) return `is ready; ${limitName(run, full)} is used up`
  const { spec } = run.steps.get(index)
  const sharing = isShared(spec) ? atWorkInShared(run) : null
  if (sharing !== null) return `is ready; "${sharing}" is at work in the workspace that they share (isolation: shared)`
  const decision = choose(run, index, { roster: slots.roster, slots: slots.agents, now })
  if (slots.limit === 0) {
    const wait = decision.kind === 'wait' ? `${decision.why}; ` : ''
    return `is ready; ${wait}nobody holds the state folder, so nothing is started: orchd resume ${run.id} goes on with it`
  }
  if (slots.running >= slots.limit) {
    return `is ready; all ${slots.limit} slots (MAX_PARALLEL_AGENTS) are taken, ${run.sets.running.size} of them by this run`
  }
  if (decision.kind === 'wait') return `is ready; ${decision.why}`
  const payment = decision.kind === 'go' ? new Purse(slots.funds, [run]).ask(run, index, decision.agent) : null
  if (payment?.kind === 'wait') return `is ready; ${payment.why}`
  let before = 0
  for (const candidate of candidates(run, now)) {
    if (candidate.index === index) break
    before++
  }
  return before === 0 ? 'is ready and next to start' : `is ready; ${before} steps of this run go before it`
}

/** The levels around a step, its own first. */
function levelsAround(run: RunState, index: number): Level[] {
  const levels: Level[] = []
  for (let number: number | null = run.steps.get(index).level; number !== null;) {
    const level: Level = run.levels.get(number)
    levels.push(level)
    number = level.parent
  }
  return levels
}

const limitName = (run: RunState, { owner, maxParallel }: Level): string =>
  owner === null
    ? `the plan's max_parallel of ${maxParallel}`
    : `the max_parallel of ${maxParallel} of "${run.steps.get(owner).id}"`

function ended(run: RunState, index: number, state: StepFinished): string {
  const why = state.message === null ? '' : `: ${state.message}`
  const { spec, level: number } = run.steps.get(index)
  if (state.outcome !== 'skip') {
    const by = state.decidedBy === null ? '' : ` by ${state.decidedBy}`
    const forgiven = spec.continueOnError && state.outcome !== 'success' ? ' (forgiven: continue_on_error)' : ''
    const on = state.chosen === undefined ? '' : ` on ${state.agent} (${state.chosen})`
    return `ended with ${state.outcome}${state.cause === null ? '' : ` (${state.cause})`}${on}${by}${forgiven}${why}`
  }
  switch (state.skipCause) {
    case 'condition':
      if (state.decidedBy !== null) return `was skipped by ${state.decidedBy}`
      return `was skipped: its condition "${spec.when}" was false`
    case 'upstream_failed':
    case 'upstream_skipped': {
      const verb = state.skipCause === 'upstream_failed' ? 'did not succeed' : 'was skipped'
      const { base, graph } = run.levels.get(number)
      const culprits = graph.steps[index - base]!.dependsOn.filter((need) => {
        const dependency = run.states.get(base + need)
        return dependency.status === 'finished' && dependency.outcome !== 'success'
      })
      const names = culprits.slice(0, most).map((need) => run.steps.get(base + need).id)
      return `was skipped: ${names.join(', ')} ${verb}, and its trigger_rule is ${spec.triggerRule}`
    }
    case null:
      return `was never started: the run ${state.cause === 'timeout' ? 'ran out of time' : 'was cancelled'}`
  }
}

/** One word for a step's state, as `status` and `explain` show it. */
export function statusWord(state: StepState): string {
  switch (state.status) {
    case 'waiting':
    case 'condition':
    case 'to_open':
    case 'clearing':
    case 'dropped':
      return 'waiting'
    case 'gated':
      return state.reviewed === undefined ? 'waiting for approval' : 'waiting for review'
    case 'ready':
      return 'queued'
    case 'backing_off':
      return 'retrying'
    case 'open':
    case 'to_close':
      return 'open'
    case 'held':
      return 'held'
    case 'paused':
      return 'waiting for a budget'
    case 'running':
      return 'running'
    case 'finished':
      return state.outcome
  }
}
