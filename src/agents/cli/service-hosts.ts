import type { CliAgent } from './agent.ts'

/**
 * Where an agent's service is, as entries of `hosts`: at the address that the registry or the environment names, else
 * at those that are known of it. A restricted network reaches it, as the agent could do nothing without.
 */
export function serviceHosts(
  { protocol, baseUrl, env, serviceHosts: own }: CliAgent,
  baseEnv: { readonly [name: string]: string },
): readonly string[] {
  const { hosts, variable } = protocol.service
  const address = baseUrl ?? (variable === null ? null : (env[variable] ?? baseEnv[variable] ?? null))
  const at = address === null ? null : hostOf(address)
  return [...(at === null ? hosts : [at]), ...own]
}

/** With the port, where it is none of those that every entry means. */
function hostOf(address: string): string | null {
  const url = URL.parse(address)
  return url === null || url.hostname === '' ? null : url.host
}
