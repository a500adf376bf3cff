import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { AgentEntry } from './config.ts'

type Environment = { readonly [name: string]: string | undefined }

/** `${NAME}`; `$${NAME}` is a literal. */
const reference = /\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}/g

/**
 * An agent's connection with its `${NAME}`s replaced. Called when the agent is used, so that a secret which nobody
 * needs may be missing.
 *
 * @returns the names of the missing variables as the error
 */
export function resolveConnection(agent: AgentEntry, env: Environment): Result<JsonObject, readonly string[]> {
  const missing = missingVariables(agent, env)
  if (missing.length > 0) return err(missing)
  return ok(replacedInObject(agent.connection?.config ?? {}, env))
}

/** The variables that the agent's connection names and the environment does not have; an empty one counts as missing. */
export function missingVariables(agent: AgentEntry, env: Environment): string[] {
  return variablesOf(agent).filter((name) => !env[name])
}

/** All variables that the agent's connection names. */
export const variablesOf = (agent: AgentEntry): string[] => [...namesIn(agent.connection?.config ?? {})]

/** `${NAME}` by the variable's value, nothing where it is missing; `$${NAME}` by `${NAME}`. */
export function replaceVariables(text: string, env: Environment): string {
  return text.replaceAll(reference, (_, escape: string, name: string) => (escape ? `\${${name}}` : (env[name] ?? '')))
}

/** The variables that a value names. */
export function namesIn(value: Json): Set<string> {
  if (typeof value === 'string') {
    return new Set([...value.matchAll(reference)].flatMap(([, escape, name]) => (escape === '' && name ? [name] : [])))
  }
  const children = Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : []
  return new Set(children.flatMap((child: Json) => [...namesIn(child)]))
}

function replaced(value: Json, env: Environment): Json {
  if (typeof value === 'string') return replaceVariables(value, env)
  if (Array.isArray(value)) return value.map((child: Json) => replaced(child, env))
  return isJsonObject(value) ? replacedInObject(value, env) : value
}

function replacedInObject(value: JsonObject, env: Environment): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, replaced(child, env)]))
}
