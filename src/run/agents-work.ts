import type { Step } from '../plan/plan.ts'
import { allIndicesOf } from './level.ts'
import { isShared, sharesWithAgents } from './shared.ts'
import type { RunState } from './state.ts'

/**
 * Whether a step works on what an agent may have changed: an agent's step lies above it, whose commit its workspace
 * begins with. Commands there run what a model may have written (a package.json, say), whoever wrote the command itself.
 */
export function holdsAgentsWork(run: RunState, index: number): boolean {
  if (run.context === undefined || run.simulate !== 'none') return false
  const { spec: own } = run.steps.get(index)
  if (own.isolation === 'none') return false
  // What git ignores stays in a shared workspace, whoever made it.
  if (isShared(own) && sharesWithAgents(run.levels.get(0).plan)) return true
  const seen = new Set<number>()
  const next = [...directlyAbove(run, index)]
  for (let above = next.pop(); above !== undefined; above = next.pop()) {
    if (seen.has(above)) continue
    seen.add(above)
    const { spec, inner } = run.steps.get(above)
    if (isAgents(spec)) return true
    next.push(...directlyAbove(run, above))
    if (inner !== null && run.levels.get(inner).live) next.push(...allIndicesOf(run.levels.get(inner)))
  }
  return false
}

/** What a step begins with: its dependencies, all steps for one of `finally`, and what its level begins with. */
function directlyAbove(run: RunState, index: number): readonly number[] {
  const { base, graph, owner } = run.levels.get(run.steps.get(index).level)
  const local = index - base
  const needs =
    local >= graph.mainCount ? Array.from({ length: graph.mainCount }, (_, at) => at) : graph.steps[local]!.dependsOn // the level holds the step
  return [...needs.map((need) => base + need), ...(owner === null ? [] : directlyAbove(run, owner))]
}

/** The simulated agent is our own. */
function isAgents({ body, agent }: Step): boolean {
  if (body.kind === 'integrate') return body.onConflict === 'resolve_with_agent'
  return body.kind === 'prompt' && agent !== 'simulated'
}
