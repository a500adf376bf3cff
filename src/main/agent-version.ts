import { statSync } from 'node:fs'
import type { CliAgent } from '../agents/cli/agent.ts'
import { runBriefly } from './run-briefly.ts'

const usualTimeoutMs = 10_000

export type Version =
  | { readonly kind: 'told'; readonly version: string }
  /** Nobody knows how to ask it. */
  | { readonly kind: 'not_asked' }
  | { readonly kind: 'failed'; readonly why: string }

export type Versions = {
  /** @param file the file of its program */
  of(agent: CliAgent, file: string, signal: AbortSignal): Promise<Version>
}

/** Asks programs for their version, each once until its file is another one. */
export function createVersions(
  baseEnv: { readonly [name: string]: string },
  timeoutMs: number = usualTimeoutMs,
): Versions {
  const known = new Map<string, string>()
  return {
    of: async ({ protocol, command }, file, signal) => {
      // Whatever else is given `--version` might take it for work, which costs money.
      if (protocol.driver !== null || protocol.programs.length === 0) return { kind: 'not_asked' }
      const words = [file, ...command.slice(1), '--version']
      const { mtimeMs, size } = statSync(file)
      const key = JSON.stringify([words, mtimeMs, size])
      const before = known.get(key)
      if (before !== undefined) return { kind: 'told', version: before }
      const version = await ask(words, baseEnv, timeoutMs, signal)
      if (version.kind === 'told') known.set(key, version.version)
      return version
    },
  }
}

async function ask(
  words: readonly string[],
  env: { readonly [name: string]: string },
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Version> {
  const ended = await runBriefly(words, { env, timeoutMs, signal })
  if (ended.kind === 'late')
    return { kind: 'failed', why: `it did not tell its version within ${timeoutMs / 1000} seconds` }
  if (ended.kind === 'not_started') return { kind: 'failed', why: 'it cannot be started' }
  if (ended.exitCode !== 0)
    return { kind: 'failed', why: `asked for its version, it ended with ${ended.exitCode ?? 'a signal'}` }
  const version = /\d+\.\d+[\w.+-]{0,40}/.exec(ended.output)?.[0]
  return version === undefined ? { kind: 'failed', why: 'it tells no version' } : { kind: 'told', version }
}
