import { err, ok, type Result } from '../base/result.ts'
import type { PolicyAgent, RankedAgent } from '../plan/dispatch-policy.ts'
import type { Plan } from '../plan/plan.ts'
import { rankForStep, stepProfile } from '../plan/step-profile.ts'
import type { Roster } from './roster.ts'
import { evaluateIn } from './scope.ts'
import type { RunState } from './state.ts'

/** Who could do a step's attempts, the best first. */
export type AgentOrder = {
  readonly agents: readonly RankedAgent[]
  /** Whether the dispatch policy chose them: then the next one takes the step when the one before has no free slot. */
  readonly isRanked: boolean
  /** Who another attempt may go to when one of them cannot do it. */
  readonly fallback: readonly string[]
}

/**
 * Who could do the attempts of a step, or why that cannot be found out: the agent that the plan names and its fallback,
 * else those whom the dispatch policy ranks. A pure function of plan, demand and roster, remembered for each.
 */
export function agentOrder(run: RunState, index: number, demand: string, roster: Roster): Result<AgentOrder, string> {
  const { plan } = run.levels.get(run.steps.get(index).level)
  const orders = ordersOf(plan, roster)
  const key = `${run.simulate === 'none' ? '' : '~'}${demand}`
  const known = orders.get(key) ?? orderAnew(run, index, plan, roster)
  orders.set(key, known)
  return known
}

const remembered = new WeakMap<Plan, WeakMap<Roster, Map<string, Result<AgentOrder, string>>>>()

function ordersOf(plan: Plan, roster: Roster): Map<string, Result<AgentOrder, string>> {
  const ofPlan = remembered.get(plan) ?? new WeakMap<Roster, Map<string, Result<AgentOrder, string>>>()
  remembered.set(plan, ofPlan)
  const orders = ofPlan.get(roster) ?? new Map<string, Result<AgentOrder, string>>()
  ofPlan.set(roster, orders)
  return orders
}

function orderAnew(run: RunState, index: number, plan: Plan, roster: Roster): Result<AgentOrder, string> {
  const { spec } = run.steps.get(index)
  const { agent, fallback, alone = false } = spec
  if (typeof agent === 'string' && agent !== 'auto') {
    const name = agent.includes('${{') ? evaluatedName(run, index, agent) : ok(agent)
    return name.ok ? ok(namedOrder(name.value, fallback)) : name
  }
  const { order = [], excluded = [] } = rankForStep(spec, plan, candidatesIn(run, roster)) ?? {}
  const [first] = order
  if (first === undefined && fallback[0] !== undefined) return ok(namedOrder(fallback[0], fallback.slice(1)))
  if (first === undefined && run.simulate !== 'none') return ok(namedOrder('simulated', []))
  if (first === undefined) return err(`agent: none can do it: ${listed(excluded)}`)
  const agents = order.map(({ name, why }) => ({ name, why: `chosen for ${stepProfile(spec, plan).type}: ${why}` }))
  if (fallback.length === 0)
    return ok({ agents, isRanked: true, fallback: alone ? [] : agents.map(({ name }) => name) })
  const others = fallback.filter((name) => name !== first.name).map((name) => ({ name, why: 'the fallback' }))
  return ok({ agents: [agents[0]!, ...others], isRanked: false, fallback: [first.name, ...fallback] })
}

/** In a rehearsal nobody is missing: any agent's part can be played. */
function* candidatesIn(run: RunState, roster: Roster): Iterable<PolicyAgent> {
  for (const agent of roster.agents.values())
    yield run.simulate === 'none' ? agent : { ...agent, closed: null, degraded: null }
}

function namedOrder(name: string, fallback: readonly string[]): AgentOrder {
  const others = fallback.filter((other) => other !== name)
  return {
    agents: [{ name, why: 'named by the plan' }, ...others.map((other) => ({ name: other, why: 'the fallback' }))],
    isRanked: false,
    fallback: others.length === 0 ? [] : [name, ...others],
  }
}

function evaluatedName(run: RunState, index: number, template: string): Result<string, string> {
  const name = evaluateIn(run, index, template)
  if (!name.ok) return err(`agent: ${name.error}`)
  return typeof name.value === 'string' ? ok(name.value) : err('agent: it must give the name of an agent')
}

const listed = (agents: readonly RankedAgent[]): string =>
  agents.length === 0 ? 'the registry has no agents' : agents.map(({ name, why }) => `${name}: ${why}`).join('; ')
