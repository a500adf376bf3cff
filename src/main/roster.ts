import type { AgentEntry, Config } from '../config/config.ts'
import { isJsonObject, type JsonObject } from '../base/json.ts'
import { permissionWordsOf } from '../plan/permissions.ts'
import type { RosterAgent } from '../run/roster.ts'
import { agentProblem, type AgentsConfig } from './agents.ts'
import type { Environment } from './agent-settings.ts'
import type { Health } from './health.ts'

/** Agents that plans may name before anybody has configured them, with what the system's description says they can do. */
export const wellKnownAgents: ReadonlyMap<string, Pick<AgentEntry, 'type' | 'capabilities'>> = new Map([
  [
    'claude_code',
    {
      type: 'mcp_native',
      capabilities: ['complex_reasoning', 'mcp_tools', 'iterative_refinement'],
    },
  ],
  [
    'openai_codex',
    {
      type: 'api',
      capabilities: ['parallel_sandboxes', 'pr_generation', 'isolated_execution'],
    },
  ],
  [
    'cursor_cli',
    {
      type: 'cli_wrapper',
      capabilities: ['rule_enforcement', 'custom_agents', 'headless_operation'],
    },
  ],
])

export type AgentsHere = { readonly config: AgentsConfig; readonly env: Environment; readonly seesKeys: boolean }

/** What the kernel and the dispatch policy are told of every agent: of the registry, and of those that need no entry in it. */
export function rosterAgents(here: AgentsHere): ReadonlyMap<string, RosterAgent> {
  const names = new Set([...here.config.agents.keys(), ...wellKnownAgents.keys()])
  return new Map(Array.from(names, (name) => [name, rosterAgent(name, here)]))
}

function rosterAgent(name: string, { config, env, seesKeys }: AgentsHere): RosterAgent {
  const entry = config.agents.get(name)
  const known = wellKnownAgents.get(name)
  const told = entry?.capabilities ?? []
  const isOurs = entry?.type === 'simulated' || entry?.builtIn === true
  const problem = isOurs ? null : agentProblem(name, config, env, { needsKey: seesKeys, briefly: true })
  return {
    name,
    capabilities: told.length > 0 ? told : (known?.capabilities ?? []),
    isExperimental: entry?.status === 'experimental',
    closed: problem === null ? null : `${problem.message} (${problem.help})`,
    degraded: null,
    down: null,
    price: priceOf(entry?.price ?? null),
    // A simulated one only where somebody has said what it stands for.
    isChoosable: !isOurs || (!entry.builtIn && told.length > 0),
    fileSystem: permissionWordsOf(entry?.permissions ?? {}).file_system ?? 'read_write',
    maxParallel: entry?.limits.maxParallel ?? null,
    credential: entry?.limits.credential ?? name,
  }
}

/** Of a million tokens in and a million out; with prices by model the cheapest one. */
function priceOf(price: JsonObject | null): number | null {
  if (price === null) return null
  const sum = Object.entries(price)
    .filter(([name]) => name === 'input_per_million' || name === 'output_per_million')
    .reduce<number | null>((all, [, value]) => (typeof value === 'number' ? (all ?? 0) + value : all), null)
  if (sum !== null) return sum
  const nested = Object.values(price)
    .map((value) => (isJsonObject(value) ? priceOf(value) : null))
    .filter((value) => value !== null)
  return nested.length === 0 ? null : Math.min(...nested)
}

export type RosterOf = Pick<Config, 'credentialCaps'> & { readonly agents: ReadonlyMap<string, RosterAgent> }

/** How long a look at what is installed here holds. */
const freshMs = 15_000

export type RosterSource = AgentsHere & {
  readonly config: Config
  now(): number
  /** How an agent is, as its health check last said; never another object while nothing is different. */
  readonly healthOf: (name: string) => Health
}

/** The roster of a holder: looks now and then whether programs and keys are there, and is the same object until something changes. */
export function createRoster(here: RosterSource): () => RosterOf {
  const { credentialCaps } = here.config
  let found = rosterAgents(here)
  let healths: readonly Health[] = []
  let known: RosterOf = { credentialCaps, agents: found }
  let lookedAt = here.now()
  return () => {
    let isOther = false
    if (here.now() - lookedAt >= freshMs) {
      lookedAt = here.now()
      const next = rosterAgents(here)
      isOther = !isSame(found, next)
      if (isOther) found = next
    }
    // It is asked for with each event: what is the same is seen without looking into it.
    const now = Array.from(found.keys(), (name) => here.healthOf(name))
    if (!isOther && now.every((health, at) => health === healths[at])) return known
    healths = now
    known = {
      credentialCaps,
      agents: new Map(Array.from(found.values(), (agent, at) => [agent.name, { ...agent, ...now[at] }])),
    }
    return known
  }
}

const isSame = (a: ReadonlyMap<string, RosterAgent>, b: ReadonlyMap<string, RosterAgent>): boolean =>
  JSON.stringify([...a.values()]) === JSON.stringify([...b.values()])
