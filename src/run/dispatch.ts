import { formatDuration } from '../base/duration.ts'
import type { Instant } from '../base/ids.ts'
import type { RankedAgent } from '../plan/dispatch-policy.ts'
import { agentOrder } from './agent-order.ts'
import type { AgentSlots } from './agent-slots.ts'
import { demandOf, isOwnWork } from './demand.ts'
import type { Roster } from './roster.ts'
import type { RunState } from './state.ts'

/** Who does an attempt, or why nobody can be found out: then the step ends as a failure. */
export type Choice =
  | {
      readonly kind: 'go'
      readonly agent: string
      /** In words; `null`: nothing was to be chosen. */
      readonly why: string | null
      /** Who else could, in order, the agent included; empty: nobody. */
      readonly order: readonly string[]
    }
  | { readonly kind: 'broken'; readonly message: string }

/** Nobody can do it now. */
export type Wait = {
  readonly kind: 'wait'
  readonly for: 'slot' | 'quota' | 'agent'
  readonly why: string
  /** Who is missing and why, also when it is read later: without spans of time from now. */
  readonly what: string
  /** When it is over by itself, where that is known. */
  readonly until: Instant | null
  /** Whether it is never over by itself. */
  readonly needsPerson: boolean
}

/** What the kernel must know beside the runs to choose an agent. */
export type Dispatch = { readonly roster: Roster; readonly slots: AgentSlots; readonly now: Instant }

const byName = (agent: string): Choice => ({ kind: 'go', agent, why: null, order: [] })
const shell = byName('shell')

/**
 * Who does the next attempt of a step that wants a slot. The agent of the attempt before goes on as long as the step has
 * not left it; who is down, parked or not there is passed over. Steps with the same demand get the same answer.
 */
export function choose(run: RunState, index: number, dispatch: Dispatch): Choice | Wait {
  const step = run.steps.get(index)
  if (step.spec.body.kind === 'run') return shell
  if (isOwnWork(step.spec.body)) return byName(run.simulate === 'all' ? 'simulated' : 'orchd')
  const { past } = run.states.get(index)
  const order = agentOrder(run, index, demandOf(step, past), dispatch.roster)
  if (!order.ok) return { kind: 'broken', message: order.error }
  const { agents, isRanked, fallback } = order.value
  const lefts = new Set(past.left)
  const untried = agents.filter(({ name }) => !lefts.has(name))
  const open = untried.length === 0 ? agents.slice(-1) : lastFirst(untried, past.agent)
  const passed: (Obstacle & { readonly name: string })[] = []
  for (const agent of open) {
    const obstacle = run.simulate === 'none' ? obstacleOf(agent.name, dispatch) : null
    if (obstacle === null)
      return { kind: 'go', agent: agent.name, why: whyOf(agent, isRanked, past.left, passed), order: fallback }
    if (obstacle.kind === 'slot' && !isRanked) return waitFor(obstacle)
    passed.push({ ...obstacle, name: agent.name })
  }
  // Who is not there at all tells better than we do what is missing.
  const wait = passed.find(({ kind }) => kind === 'slot') ?? passed.find(({ kind }) => kind !== 'closed')
  const [first] = open
  if (wait !== undefined || first === undefined) return waitFor(wait ?? nobody)
  return { kind: 'go', agent: first.name, why: null, order: fallback }
}

/** Whoever did the last attempt knows most of it. */
function lastFirst(agents: readonly RankedAgent[], last: string | null): readonly RankedAgent[] {
  const one = agents.find(({ name }) => name === last)
  return one === undefined ? agents : [one, ...agents.filter((agent) => agent !== one)]
}

type Obstacle = {
  readonly kind: 'closed' | 'stopped' | 'parked' | 'down' | 'slot'
  readonly why: string
  readonly what: string
  readonly until: Instant | null
}

const nobody: Obstacle = { kind: 'closed', why: 'waits for an agent', what: 'no agent', until: null }

/** What keeps an agent from doing an attempt now. */
export function obstacleOf(name: string, { roster, slots, now }: Dispatch): Obstacle | null {
  const agent = roster.agents.get(name)
  if (agent === undefined) return null
  if (agent.closed !== null) return waitingFor('closed', `${name}: ${agent.closed}`)
  const standing = roster.standings.get(agent.credential)
  const shared = agent.credential === name ? name : `${name} (credential ${agent.credential})`
  if (standing !== undefined && standing.until === null) {
    const why = `its credential was refused (${standing.cause}); once it is right: orchd agents --release ${agent.credential}`
    return waitingFor('stopped', `${shared}: it is stopped, because ${why}`, `${shared} is stopped: ${why}`)
  }
  if (standing !== undefined && standing.until !== null && standing.until > now) {
    const { until, cause } = standing
    const what = `${shared} parked until ${timeWords(until, now)} (${cause})`
    return { ...waitingFor('parked', `${shared}: parked ${untilWords(until, now)} (${cause})`, what), until }
  }
  if (agent.down !== null)
    return waitingFor('down', `${name}: it is down (${agent.down})`, `${name} is down: ${agent.down}`)
  const full = slots.full(name)
  if (full === null) return null
  const why = `a slot of ${full.of} (${full.used} of ${full.cap} in use)`
  return waitingFor('slot', why)
}

const waitingFor = (kind: Obstacle['kind'], words: string, what = words): Obstacle => ({
  kind,
  why: `waits for ${words}`,
  what,
  until: null,
})

/** `until 17:40 UTC, for 2h 10m`; with the day when it is not today. */
export const untilWords = (until: Instant, now: Instant): string =>
  `until ${timeWords(until, now)}, for ${formatDuration(until - now)}`

/** `17:40 UTC`; with the day when it is not today. */
function timeWords(time: Instant, now: Instant): string {
  const [day = '', clock = ''] = new Date(time).toISOString().split('T')
  const isToday = new Date(now).toISOString().startsWith(day)
  return `${isToday ? '' : `${day} `}${clock.slice(0, 5)} UTC`
}

const waitsFor = { closed: 'agent', stopped: 'agent', parked: 'quota', down: 'agent', slot: 'slot' } as const

const waitFor = ({ kind, why, what, until }: Obstacle): Wait => ({
  kind: 'wait',
  for: waitsFor[kind],
  why,
  what,
  until,
  needsPerson: kind === 'stopped' || kind === 'closed',
})

function whyOf(
  { why }: RankedAgent,
  isRanked: boolean,
  left: readonly string[],
  passed: readonly (Obstacle & { readonly name: string })[],
): string | null {
  const before = [
    ...left.map((name) => `${name} could not do it`),
    ...passed.map((obstacle) => `${obstacle.name} ${shortly(obstacle)}`),
  ]
  if (before.length === 0) return isRanked || why !== 'named by the plan' ? why : null
  return `${why}; ${before.join(', ')}`
}

/** An obstacle without the words that say who waits. */
const shortly = ({ kind, why }: Obstacle): string =>
  kind === 'slot'
    ? 'has no free slot'
    : kind === 'closed'
      ? why.replace(/^waits for [^:]*: /, 'is not there: ')
      : `is ${kind}`
