import { stepId } from '../base/ids.ts'
import { resultId } from '../plan/implicit.ts'
import { allIndicesOf, type Level } from './level.ts'
import type { RunState } from './state.ts'

/**
 * The commits that a step starts from: of each dependency its own, or what that one started from when it made none.
 * None: the base of the run. The order is the plan's, so that a merge of them is always the same.
 */
export const headsBefore = (run: RunState, index: number): readonly string[] =>
  run.context === undefined ? [] : headsAt(run, before(index))

/** Before a step, or behind it: what whoever depends on it gets of it. */
type Place = { readonly index: number; readonly behind: boolean }

const before = (index: number): Place => ({ index, behind: false })
const behind = (index: number): Place => ({ index, behind: true })
const keyOf = ({ index, behind: isBehind }: Place): number => 2 * index + (isBehind ? 1 : 0)

/** Where the commits at a place come from: a commit, or those at other places; none there: those at `otherwise`. */
type Source = {
  readonly commit?: string
  readonly places: readonly Place[]
  readonly otherwise?: Place
}

/** Without recursion: a chain may have 10,000 steps that changed nothing. */
function headsAt(run: RunState, place: Place): readonly string[] {
  const known = new Map<number, readonly string[]>()
  const at = (one: Place): readonly string[] | undefined => known.get(keyOf(one))
  const asked = [place]
  for (let top = asked.at(-1); top !== undefined; top = asked.at(-1)) {
    const { commit, places, otherwise } = top.behind ? sourceBehind(run, top.index) : sourceBefore(run, top.index)
    const heads = new Set(commit === undefined ? [] : [commit])
    const open: Place[] = []
    for (const one of places) {
      const found = at(one)
      if (found === undefined) open.push(one)
      else for (const head of found) heads.add(head)
    }
    if (open.length === 0 && heads.size === 0 && otherwise !== undefined) {
      const found = at(otherwise)
      if (found === undefined) open.push(otherwise)
      else for (const head of found) heads.add(head)
    }
    if (open.length === 0) known.set(keyOf(asked.pop() ?? top), [...heads])
    else for (const one of open) asked.push(one)
  }
  return at(place) ?? []
}

function sourceBefore(run: RunState, index: number): Source {
  const level = run.levels.get(run.steps.get(index).level)
  const local = index - level.base
  const needs = level.graph.steps[local]!.dependsOn // the level holds the step
  if (needs.length > 0) return { places: needs.map((need) => behind(level.base + need)) }
  if (local >= level.graph.mainCount) return resultIn(run, level)
  return around(level)
}

function sourceBehind(run: RunState, index: number): Source {
  const { spec, inner } = run.steps.get(index)
  const state = run.states.get(index)
  // What tests leave behind is no part of the result.
  if (spec.tests !== undefined || state.status !== 'finished' || state.outcome !== 'success')
    return { places: [before(index)] }
  if (state.change !== null) return { commit: state.change.commit, places: [] }
  return { places: inner === null ? [] : endsOf(run.levels.get(inner)).map(behind), otherwise: before(index) }
}

/** The steps of a level whose work nobody in it builds on. */
function endsOf(level: Level): readonly number[] {
  if (!level.live) return []
  if (level.kind === 'instances') return allIndicesOf(level)
  return level.graph.steps.flatMap(({ dependents }, local) =>
    local < level.graph.mainCount && dependents.length === 0 ? [level.base + local] : [],
  )
}

/** What the steps of a level came to, for its `finally`: it works on the result when there is one. */
function resultIn(run: RunState, level: Level): Source {
  const result = level.graph.indexOf.get(stepId(resultId))
  if (result === undefined) return around(level)
  const state = run.states.get(level.base + result)
  const isThere = state.status === 'finished' && state.outcome === 'success'
  return { places: isThere ? [behind(level.base + result)] : [] }
}

const around = ({ owner }: Level): Source => ({ places: owner === null ? [] : [before(owner)] })
