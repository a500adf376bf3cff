import type { AgentEntry, Config } from './config.ts'
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'
import { namesIn } from './interpolate.ts'

/** Environment variables that are secret everywhere. */
const builtInNames: ReadonlySet<string> = new Set([
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_AUTH_TOKEN',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'CLAUDE_CODE_OAUTH_TOKEN',
  'CLAUDE_CODE_TOKEN',
  'CODEX_API_KEY',
  'CURSOR_API_KEY',
  'GEMINI_API_KEY',
  'GH_TOKEN',
  'GITHUB_TOKEN',
  'GITLAB_TOKEN',
  'GOOGLE_API_KEY',
  'MYSQL_PWD',
  'NODE_AUTH_TOKEN',
  'NPM_TOKEN',
  'OPENAI_API_KEY',
  'PGPASSWORD',
  'SSHPASS',
  'VAULT_TOKEN',
])

/** Names that end like a secret's. Conservative: what a step then misses can be named in its `secrets`. */
const secretName =
  /(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|API_?KEY|PRIVATE_KEY|ACCESS_KEY|SECRET_KEY|SIGNING_KEY|ENCRYPTION_KEY)$/i

/** Names of what an agent of the registry is given as a key: fewer doubts than with those of the whole environment. */
const keyName = /(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|API_?KEY|KEY|CREDENTIALS?)$/i

/** Names that tell a child about the holder's own tracing or about the npm that started it; neither is its business. */
const holdersOwn = /^(OTEL_|npm_)/i

/** How systemd and a service speak with each other: about one process, and not about its children (sd_notify(3)). */
export const serviceVariables = /^(?:NOTIFY_SOCKET|WATCHDOG_(?:USEC|PID)|LISTEN_(?:FDS|PID|FDNAMES))$/

/** Shorter values are not looked for in output: they would blot out ordinary words. */
const shortestRedacted = 6

export type SplitEnvironment = {
  /** What every step may see. */
  readonly baseEnv: { readonly [name: string]: string }
  /** What only a step that names it may see. */
  readonly secrets: { readonly [name: string]: string }
  /** Every text that must never be shown: values of secrets, lines of those with several, headers of the collector. */
  readonly secretValues: readonly string[]
}

/** Parts the environment of the holder: what steps get, what they must ask for, and what they never get. */
export function splitSecrets(
  env: { readonly [name: string]: string | undefined },
  config: Pick<Config, 'secrets' | 'telemetry' | 'agents'>,
): SplitEnvironment {
  const keys = keysIn(config.agents)
  const listed = listedNames(config)
  const baseEnv: Record<string, string> = Object.create(null)
  const secrets: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue
    if (isSecretName(name, listed)) secrets[name] = value
    else if (!holdersOwn.test(name) && !serviceVariables.test(name)) baseEnv[name] = value
  }
  const literal = keys.filter((key) => namesIn(key).size === 0)
  const hidden = [...Object.values(secrets), ...Object.values(config.telemetry.headers), ...literal]
  return { baseEnv, secrets, secretValues: redactable(hidden) }
}

/** Whether an environment variable holds a secret: built-in, listed in the configuration, or named like one. */
export function isSecretName(name: string, listed: readonly string[]): boolean {
  return builtInNames.has(name) || listed.includes(name) || secretName.test(name)
}

/** The names that the configuration says are secret: in `secrets`, and as the keys of agents. */
const listedNames = ({ secrets, agents }: Pick<Config, 'secrets' | 'agents'>): readonly string[] => [
  ...secrets,
  ...namesIn([...keysIn(agents)]),
]

const keysIn = (agents: Config['agents']): readonly string[] => [...agents.values()].flatMap((agent) => keysOf(agent))

/** The texts in an agent's connection that are keys: what they name, or are, is secret. */
function keysOf({ connection }: AgentEntry): string[] {
  const { token, auth, env = {} } = connection?.config ?? {}
  const variables = isJsonObject(env) ? Object.entries(env) : []
  const keys = variables.filter(([name, text]) => [name, ...namesIn(text)].some((one) => keyName.test(one)))
  return [token, auth, ...keys.map(([, text]) => text)].filter((value) => typeof value === 'string')
}

/** The secrets that an agent's connection would put into a command line, which whoever lists processes sees. */
export function secretsInCommand(settings: JsonObject, config: Pick<Config, 'secrets' | 'agents'>): string[] {
  const { command = null, args = null, flags = null }: { readonly [name: string]: Json } = settings
  const listed = listedNames(config)
  return [...namesIn([command, args, flags])].filter((name) => isSecretName(name, listed))
}

/** Longest first, so that a secret that contains another is replaced whole. */
function redactable(values: readonly string[]): string[] {
  const texts = values.flatMap((value) => [value, value.trim(), ...value.split(/\r?\n/).map((line) => line.trim())])
  return [...new Set(texts)].filter((text) => text.length >= shortestRedacted).toSorted((a, b) => b.length - a.length)
}

/** The secrets that a step names, with their values; those that are not set are absent. */
export const secretsNamed = (
  names: readonly string[],
  { secrets }: SplitEnvironment,
): { readonly [name: string]: string } =>
  Object.fromEntries(names.flatMap((name) => (secrets[name] === undefined ? [] : [[name, secrets[name]]])))
