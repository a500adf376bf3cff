import { basename } from 'node:path'
import type { CliAgent, Protocol } from '../agents/cli/agent.ts'
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'

export type Environment = { readonly [name: string]: string | undefined }

/** The key in an agent's connection, else the first of its variables that is set. */
export function keyOf(configured: Json | undefined, { key }: Protocol, env: Environment): CliAgent['key'] {
  if (key === null) return null
  const given = textOf(configured)
  if (given !== null) return [key.variableFor(null, given), given]
  const name = key.from.find((variable) => env[variable])
  const value = name === undefined ? undefined : env[name]
  return name === undefined || value === undefined ? null : [key.variableFor(name, value), value]
}

/** A server's command is not the agent's, unless it begins with the agent's own program (`claude mcp serve`). */
export function withoutServer(settings: JsonObject, { programs }: Protocol): JsonObject {
  const { command, args: _args, ...rest } = settings
  const [program] = wordsOf(command) ?? []
  return program !== undefined && programs.includes(basename(program)) ? { ...rest, command: program } : rest
}

export const textOf = (value: Json | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null

const asText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

export const textsOf = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.map((item: Json) => asText(item)) : []

export function wordsOf(value: Json | undefined): readonly string[] | null {
  const found = typeof value === 'string' ? value.split(/\s+/).filter((word) => word !== '') : textsOf(value)
  return found.length === 0 ? null : found
}

export function variablesOf(value: Json | undefined): CliAgent['env'] {
  if (!isJsonObject(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, text === null ? null : asText(text)]))
}

/** `~/x` in the home folder of whom the holder runs for. */
export const atHome = (path: string, env: Environment): string =>
  path.startsWith('~/') && env['HOME'] !== undefined ? `${env['HOME']}${path.slice(1)}` : path
