import { agentNameOf } from './agent.ts'
import type { AgentSlots } from './agent-slots.ts'
import type { Roster } from './roster.ts'
import type { RunState } from './state.ts'

/** Who does an attempt, or why nobody can be found out: then the step ends as a failure. */
export type Choice =
  | { readonly kind: 'go'; readonly agent: string }
  | { readonly kind: 'broken'; readonly message: string }

/** Nobody can do it now, and why in words. */
export type Wait = { readonly kind: 'wait'; readonly why: string }

/** Who does the next attempt of a step that wants a slot. Steps with the same demand get the same answer. */
export function choose(run: RunState, index: number, _roster: Roster, slots: AgentSlots): Choice | Wait {
  const agent = agentNameOf(run, index)
  if (!agent.ok) return { kind: 'broken', message: agent.error }
  const full = run.simulate === 'none' ? slots.full(agent.value) : null
  if (full !== null) return { kind: 'wait', why: `waits for a slot of ${full.of} (${full.used} of ${full.cap} in use)` }
  return { kind: 'go', agent: agent.value }
}
