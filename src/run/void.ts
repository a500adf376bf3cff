import type { Draft } from './draft.ts'
import { count, resume } from './flow.ts'
import { allIndicesOf, indicesOf, type FirstFailure } from './level.ts'
import { standingOf } from './rule.ts'
import type { PastAttempts } from './past-attempts.ts'
import type { StepState } from './state.ts'

/**
 * Takes steps of one level back to before their first attempt, with all that comes behind them (`only`: without that),
 * whatever became of them: they run again, approvals too. What runs is stopped first. The level around goes on again,
 * and what comes behind it there is taken back as well.
 */
export function rewind(draft: Draft, targets: readonly number[], { only }: { readonly only: boolean }): void {
  const [first] = targets
  if (first === undefined) return
  const { level } = draft.step(first)
  // What an earlier rewind of the same event did away with is not taken back by itself.
  if (!draft.level(level).live) return
  takeBackAll(draft, level, only ? targets : [...targets, ...behind(draft, level, targets)], targets, only)
}

/** The steps of a level that depend on one of these, directly or not. */
function behind(draft: Draft, number: number, from: readonly number[]): readonly number[] {
  const { base, graph } = draft.level(number)
  const found = new Set(from)
  for (const index of found) for (const local of graph.steps[index - base]!.dependents) found.add(base + local)
  return [...found].slice(new Set(from).size)
}

function takeBackAll(
  draft: Draft,
  number: number,
  indices: readonly number[],
  from: readonly number[],
  only: boolean,
): void {
  const level = draft.level(number)
  const { base, graph, owner } = level
  const isMain = from.some((index) => index - base < graph.mainCount)
  // What is done at the end is done again at the next end.
  const atEnd = isMain && level.phase !== 'steps' ? allIndicesOf(level).slice(graph.mainCount) : []
  const region = [...new Set([...indices, ...atEnd])]
  for (const index of region) takeBack(draft, index)
  const phase = isMain ? 'steps' : level.phase === 'finished' ? 'finally' : level.phase
  draft.patchLevel(number, { phase, verdict: phase === 'steps' ? null : level.verdict, end: null })
  // With `only`, what comes next and has not begun yet waits again; what has begun goes on.
  const next = only ? from.flatMap((index) => graph.steps[index - base]!.dependents.map((local) => base + local)) : []
  const waiting = next.filter((index) => !region.includes(index) && !hasBegun(draft.state(index)))
  for (const index of waiting) takeBack(draft, index)
  for (const index of [...region, ...waiting]) setUnmet(draft, index)
  const open = indicesOf(draft.level(number)).filter((index) => draft.state(index).status !== 'finished').length
  draft.patchLevel(number, { open, firstFailure: firstFailureIn(draft, number) })
  if (owner !== null) reopen(draft, owner, only)
  for (const index of region) {
    const state = draft.state(index)
    if (state.status === 'waiting' && state.unmet === 0 && inPhase(draft, index)) resume(draft, index)
  }
}

/** Whether anything of a step has happened since the last rewind, so that taking it back would undo it. */
const hasBegun = ({ status, past }: StepState): boolean =>
  past.tries > 0 || !['waiting', 'condition', 'to_open', 'ready', 'backing_off', 'clearing'].includes(status)

/** Steps inside of a step go on: if it had ended, it is open again, and what came behind it is taken back. */
function reopen(draft: Draft, owner: number, only: boolean): void {
  const state = draft.state(owner)
  const { level, inner } = draft.step(owner)
  if (state.status === 'to_close') draft.move(owner, { ...state, status: 'open' })
  if (state.status !== 'finished') return
  if (inner !== null) draft.patchLevel(inner, { openedAt: draft.at })
  const past = { ...anew(state.past), openings: state.past.openings + 1 }
  draft.move(owner, { status: 'open', since: draft.at, past })
  takeBackAll(draft, level, only ? [] : behind(draft, level, [owner]), [owner], only)
}

function takeBack(draft: Draft, index: number): void {
  const state = draft.state(index)
  const past = anew(state.past)
  switch (state.status) {
    case 'dropped':
    case 'waiting':
    case 'clearing':
      return
    case 'running':
      return draft.move(index, { ...state, voided: { unmet: 0, dropped: false } })
    case 'open':
    case 'to_close': {
      const { inner } = draft.step(index)
      const left = inner === null ? 0 : dropSteps(draft, inner)
      if (left > 0) return draft.move(index, { status: 'clearing', unmet: 0, dropped: false, left, past })
      return draft.move(index, { status: 'waiting', unmet: 0, past })
    }
    case 'finished': {
      count(draft, index, state, -1)
      const { inner } = draft.step(index)
      if (inner !== null && draft.level(inner).live) dropSteps(draft, inner)
      return draft.move(index, { status: 'waiting', unmet: 0, past })
    }
    case 'condition':
    case 'to_open':
    case 'ready':
    case 'backing_off':
    case 'held':
    case 'paused':
    case 'gated':
      return draft.move(index, { status: 'waiting', unmet: 0, past })
  }
}

/** Does away with the steps of a level; how many attempts in it are still to be stopped. */
export function dropSteps(draft: Draft, number: number): number {
  const level = draft.level(number)
  let left = 0
  for (const index of allIndicesOf(level)) {
    const state = draft.state(index)
    const { past } = state
    if (state.status === 'running') {
      left++
      draft.move(index, { ...state, voided: { unmet: 0, dropped: true } })
    } else if (state.status === 'clearing') {
      left += state.left
      draft.move(index, { ...state, dropped: true })
    } else {
      if (state.status === 'finished') count(draft, index, state, -1)
      const { inner } = draft.step(index)
      const below = inner !== null && draft.level(inner).live ? dropSteps(draft, inner) : 0
      left += below
      if (below > 0) draft.move(index, { status: 'clearing', unmet: 0, dropped: true, left: below, past })
      else draft.move(index, { status: 'dropped', past })
    }
  }
  draft.counts.total -= level.graph.steps.length - 1
  draft.patchLevel(number, { live: false, phase: 'finished', open: 0 })
  return left
}

/** A voided attempt has ended: its step goes back to where the rewind put it, and so may those that waited for it. */
export function cleared(draft: Draft, index: number, past: PastAttempts): void {
  const state = draft.state(index)
  if (state.status !== 'running' || state.voided === null) return
  settle(draft, index, state.voided, past)
  for (let owner = draft.levelOf(index).owner; owner !== null; owner = draft.levelOf(owner).owner) {
    const above = draft.state(owner)
    if (above.status !== 'clearing') return
    if (above.left > 1) draft.move(owner, { ...above, left: above.left - 1 })
    else settle(draft, owner, above, above.past)
  }
}

function settle(
  draft: Draft,
  index: number,
  { unmet, dropped }: { unmet: number; dropped: boolean },
  past: PastAttempts,
): void {
  if (dropped) return draft.move(index, { status: 'dropped', past: anew(past) })
  draft.move(index, { status: 'waiting', unmet, past: anew(past) })
  const isOver = draft.levelOf(index).cut !== null
  if ((unmet === 0 || isOver) && inPhase(draft, index)) resume(draft, index)
}

/** Whether a step belongs to the phase that its level is in. */
function inPhase(draft: Draft, index: number): boolean {
  const { base, graph, phase } = draft.levelOf(index)
  return phase === (index - base < graph.mainCount ? 'steps' : 'finally')
}

function setUnmet(draft: Draft, index: number): void {
  const { base, graph } = draft.levelOf(index)
  const unmet = graph.steps[index - base]!.dependsOn.filter(
    (need) => draft.state(base + need).status !== 'finished',
  ).length
  const state: StepState = draft.state(index)
  if (state.status === 'waiting' || state.status === 'clearing') draft.move(index, { ...state, unmet })
  else if (state.status === 'running' && state.voided !== null)
    draft.move(index, { ...state, voided: { ...state.voided, unmet } })
}

function firstFailureIn(draft: Draft, number: number): FirstFailure | null {
  let first: (FirstFailure & { readonly at: number }) | null = null
  for (const index of allIndicesOf(draft.level(number))) {
    const state = draft.state(index)
    const { id, spec } = draft.step(index)
    if (state.status !== 'finished' || standingOf(spec, state) !== 'failed') continue
    if (first === null || state.finishedAt < first.at)
      first = { step: id, outcome: state.outcome, cause: state.cause, at: state.finishedAt }
  }
  return first === null ? null : { step: first.step, outcome: first.outcome, cause: first.cause }
}

/** What of the attempts so far still counts after a rewind: their numbers, and what they cost. */
export function anew(past: PastAttempts): PastAttempts {
  const { overlaps: _, overloads: __, ...kept } = past
  return {
    ...kept,
    resolvedBy: null,
    tries: 0,
    losses: 0,
    parks: 0,
    left: [],
    agent: null,
    firstStartedAt: null,
    session: null,
  }
}
