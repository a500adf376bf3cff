import { fileSystems, type FileSystem } from './permissions.ts'
import type { TaskProfile } from './task-profile.ts'

/** An agent as the dispatch policy sees it. */
export type PolicyAgent = {
  readonly name: string
  readonly capabilities: readonly string[]
  readonly isExperimental: boolean
  /** Why it cannot be started at all (blocked, not installed, without a key); `null`: nothing is known to be missing. */
  readonly closed: string | null
  /** Why it is not well at the moment, but may be used; `null`: nothing is known. */
  readonly degraded: string | null
  /** List price of a million tokens in and a million out, in US dollars; `null`: not known. */
  readonly price: number | null
  /** Whether it may be chosen for a plan that does not name it. */
  readonly isChoosable: boolean
  /** What the registry lets it do with files. */
  readonly fileSystem: FileSystem
}

/** What a plan wishes for: any agent that has all of `requires`, those of `prefer` first. */
export type AgentRequest = { readonly requires: readonly string[]; readonly prefer: readonly string[] }

export type RankedAgent = { readonly name: string; readonly why: string }

export type Ranking = {
  /** Who could do it, the best first: the primary agent, then the order of the fallback. */
  readonly order: readonly RankedAgent[]
  /** Those behind the first that can do what the first cannot and the work wants: who could help it. */
  readonly support: readonly RankedAgent[]
  /** Who could not, and why. */
  readonly excluded: readonly RankedAgent[]
}

export const anyAgent: AgentRequest = { requires: [], prefer: [] }

/**
 * The dispatch policy: who should do work of this profile, and why. By what weighs most: the plan's preference, then
 * whether an agent is well, then how many of the wanted capabilities it has (the first wanted weighs most), then whether
 * it is beyond being an experiment, then its price (the cheaper first), then its place in the registry.
 *
 * @param needs what the work does with files: who may do less is left out
 */
export function rankAgents(
  profile: TaskProfile,
  { requires, prefer }: AgentRequest,
  agents: Iterable<PolicyAgent>,
  needs: FileSystem,
): Ranking {
  const all = Array.from(agents).filter(({ name, isChoosable }) => isChoosable || prefer.includes(name))
  const excluded: RankedAgent[] = []
  const fit: Fit[] = []
  for (const [place, agent] of all.entries()) {
    const lacks = requires.filter((capability) => !agent.capabilities.includes(capability))
    if (lacks.length > 0) excluded.push({ name: agent.name, why: `it has not ${listed(lacks)}` })
    else if (fileSystems.indexOf(agent.fileSystem) < fileSystems.indexOf(needs))
      excluded.push({ name: agent.name, why: `it may not ${verbs[needs]} files (file_system: ${agent.fileSystem})` })
    else if (agent.closed !== null) excluded.push({ name: agent.name, why: agent.closed })
    else fit.push(fitOf(agent, profile, prefer, place))
  }
  fit.sort(byFitness)
  const order = fit.map((one) => ({ name: one.agent.name, why: whyOf(one, profile, requires) }))
  return { order, support: supportOf(fit, profile), excluded }
}

const verbs = { none: 'see', read_only: 'read', read_write: 'change' } as const

type Fit = {
  readonly agent: PolicyAgent
  /** Place in `prefer`. */
  readonly preferred: number
  readonly isPreferred: boolean
  readonly has: readonly string[]
  readonly score: number
  readonly place: number
}

function fitOf(agent: PolicyAgent, profile: TaskProfile, prefer: readonly string[], place: number): Fit {
  const wanted = [profile.type, ...profile.wants]
  const has = wanted.filter((capability) => agent.capabilities.includes(capability))
  const score = has.reduce((sum, capability) => sum + 2 ** -wanted.indexOf(capability), 0)
  const at = prefer.indexOf(agent.name)
  return { agent, preferred: at < 0 ? prefer.length : at, isPreferred: at >= 0, has, score, place }
}

const byFitness = (a: Fit, b: Fit): number =>
  a.preferred - b.preferred ||
  Number(a.agent.degraded !== null) - Number(b.agent.degraded !== null) ||
  b.score - a.score ||
  Number(a.agent.isExperimental) - Number(b.agent.isExperimental) ||
  (a.agent.price ?? Number.POSITIVE_INFINITY) - (b.agent.price ?? Number.POSITIVE_INFINITY) ||
  a.place - b.place

function whyOf({ agent, has, isPreferred }: Fit, { type }: TaskProfile, requires: readonly string[]): string {
  return [
    ...(isPreferred ? ['preferred by the plan'] : []),
    ...(agent.degraded === null ? [] : [`not well at the moment (${agent.degraded})`]),
    ...(requires.length === 0 ? [] : [`has ${listed(requires)}, as required`]),
    ...(has.length === 0 ? [`takes any work (${type})`] : [`${type} is well done with ${listed(has)}`]),
    ...(agent.isExperimental ? ['experimental'] : []),
  ].join(', ')
}

/** Each behind the first adds something that the work wants and those before it have not. */
function supportOf(fit: readonly Fit[], { wants }: TaskProfile): readonly RankedAgent[] {
  const [first, ...others] = fit
  if (first === undefined) return []
  const there = new Set(first.agent.capabilities)
  return others.flatMap(({ agent }) => {
    const adds = wants.filter((capability) => agent.capabilities.includes(capability) && !there.has(capability))
    for (const capability of adds) there.add(capability)
    return adds.length === 0 ? [] : [{ name: agent.name, why: `adds ${listed(adds)}` }]
  })
}

const listed = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
