import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'
import { agentTypes, type AgentEntry, type Connection, type HealthCheck } from './config.ts'
import { durationIn, numberIn, objectIn, oneOf, textIn, textsIn } from './values.ts'

/** Agents that need no registration: orchd's own. */
export const builtInAgents: readonly AgentEntry[] = (['shell', 'simulated'] as const).map((name) => ({
  name,
  type: name,
  status: 'active',
  blocker: null,
  capabilities: [],
  connection: null,
  limits: { maxParallel: null, credential: null },
  price: null,
  permissions: null,
  healthCheck: null,
  builtIn: true,
}))

/** The registry of the maps `agents`, `permissions` and `health_checks`, which are keyed by the agent's name. */
export function readRegistry(data: JsonObject): ReadonlyMap<string, AgentEntry> {
  const permissions = objectIn(data['permissions'])
  const healthChecks = objectIn(data['health_checks'])
  const registry = new Map(builtInAgents.map((agent) => [agent.name, agent]))
  for (const [name, entry] of Object.entries(objectIn(data['agents']))) {
    if (registry.get(name)?.builtIn !== true) {
      registry.set(name, agentOf(name, objectIn(entry), permissions[name], healthChecks[name]))
    }
  }
  return registry
}

/**
 * How many attempts there may be at once under each credential: as `credentials` says, else the largest `max_parallel`
 * of the agents that share it, unless one of them has none.
 */
export function readCredentialCaps(
  data: JsonObject,
  agents: ReadonlyMap<string, AgentEntry>,
): ReadonlyMap<string, number> {
  const caps = new Map<string, number>()
  const told = objectIn(data['credentials'])
  for (const { limits } of agents.values()) {
    const { credential } = limits
    if (credential === null || caps.has(credential)) continue
    const own = numberIn(objectIn(told[credential])['max_parallel'])
    const sharing = [...agents.values()].filter((agent) => agent.limits.credential === credential)
    const largest = Math.max(...sharing.map((agent) => agent.limits.maxParallel ?? Number.POSITIVE_INFINITY))
    const cap = own ?? largest
    if (Number.isFinite(cap)) caps.set(credential, cap)
  }
  return caps
}

function agentOf(name: string, entry: JsonObject, permissions: Json | undefined, health: Json | undefined): AgentEntry {
  const limits = objectIn(entry['limits'])
  return {
    name,
    type: oneOf(agentTypes, entry['type']) ?? 'cli_wrapper',
    status: oneOf(['active', 'experimental', 'blocked'], entry['status']) ?? 'active',
    blocker: textIn(entry['blocker']),
    capabilities: textsIn(entry['capabilities']),
    connection: connectionOf(entry['connection']),
    limits: { maxParallel: numberIn(limits['max_parallel']), credential: textIn(limits['credential']) },
    price: isJsonObject(entry['price']) ? entry['price'] : null,
    permissions: isJsonObject(permissions) ? permissions : null,
    healthCheck: healthCheckOf(health),
    builtIn: false,
  }
}

function connectionOf(value: Json | undefined): Connection | null {
  const method = textIn(objectIn(value)['method'])
  return method === null ? null : { method, config: objectIn(objectIn(value)['config']) }
}

function healthCheckOf(value: Json | undefined): HealthCheck | null {
  if (!isJsonObject(value)) return null
  return {
    endpoint: textIn(value['endpoint']),
    command: textIn(value['command']),
    intervalMs: durationIn(value['interval']) ?? 60_000,
    timeoutMs: durationIn(value['timeout']) ?? 5000,
  }
}
