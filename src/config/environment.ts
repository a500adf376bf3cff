import type { Diagnostic } from '../base/diagnostic.ts'
import { parseDuration } from '../base/duration.ts'

export type Environment = { readonly [name: string]: string | undefined }

/** More slots than a machine can serve; a typing mistake such as `1e9` should not be obeyed. */
export const maxParallelCeiling = 10_000

/** One setting as a variable gives it. `null`: the variable is not set, or its text is a mistake (a diagnostic then). */
export type Override<T> = { readonly variable: string; readonly value: T } | null

/** What the environment says of the settings that it may override. */
export type FromEnvironment = {
  readonly maxParallelAgents: Override<number>
  readonly port: Override<number>
  readonly enableCursorCli: Override<boolean>
  readonly codexSandboxTimeoutMs: Override<number>
  readonly traceLogging: Override<boolean>
  readonly githubUrl: Override<string>
  readonly githubApiUrl: Override<string>
  readonly diagnostics: readonly Diagnostic[]
}

/** Reads the variables of design and README. An empty one counts as not set, as container tools pass them on. */
export function readEnvironment(env: Environment): FromEnvironment {
  const diagnostics: Diagnostic[] = []
  const override = <T>(variable: string, expected: string, read: (text: string) => T | null): Override<T> => {
    const text = env[variable]?.trim() ?? ''
    if (text === '') return null
    const value = read(text)
    if (value !== null) return { variable, value }
    diagnostics.push(badVariable(variable, `is ${JSON.stringify(clipped(text))}; it must be ${expected}`, expected))
    return null
  }
  return {
    maxParallelAgents: override('MAX_PARALLEL_AGENTS', `a whole number from 1 to ${maxParallelCeiling}`, (text) =>
      wholeNumber(text, 1, maxParallelCeiling),
    ),
    port: override('ORCHESTRATOR_PORT', 'a port from 1 to 65535, or 0 for any free one', (text) =>
      wholeNumber(text, 0, 65_535),
    ),
    enableCursorCli: override('ENABLE_CURSOR_CLI', 'true or false', truth),
    codexSandboxTimeoutMs: override('CODEX_SANDBOX_TIMEOUT', 'seconds, or a duration such as 120s or 2m', span),
    traceLogging: override('ENABLE_TRACE_LOGGING', 'true or false', truth),
    githubUrl: override('GITHUB_SERVER_URL', 'an address such as https://github.com', serverAddress),
    githubApiUrl: override('GITHUB_API_URL', 'an address such as https://api.github.com', address),
    diagnostics,
  }
}

/** A mistake in a variable: there is no file and no line, so the place is the start of `environment`. */
export function badVariable(variable: string, problem: string, expected: string): Diagnostic {
  return {
    code: 'ENV_INVALID',
    severity: 'error',
    message: `${variable} ${problem}`,
    file: 'environment',
    line: 1,
    column: 1,
    endLine: 1,
    endColumn: 1,
    help: `set ${variable} to ${expected}, or unset it`,
  }
}

const clipped = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text)

function wholeNumber(text: string, least: number, most: number): number | null {
  if (!/^\d{1,9}$/.test(text)) return null
  const value = Number(text)
  return value >= least && value <= most ? value : null
}

/** `true`, `1`, `yes`, `on` and their opposites, in any case; `null` for anything else. */
export function truth(text: string): boolean | null {
  if (/^(true|1|yes|on)$/i.test(text)) return true
  return /^(false|0|no|off)$/i.test(text) ? false : null
}

/** Without a login, and without a slash at its end. */
function address(text: string): string | null {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return null
  const { username, password, search, hash } = new URL(text)
  return username + password + search + hash === '' ? text.replace(/\/$/, '') : null
}

const serverAddress = (text: string): string | null => {
  const found = address(text)
  return found === null || new URL(found).pathname !== '/' ? null : found
}

function span(text: string): number | null {
  const ms = parseDuration(/^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : text)
  return ms !== null && ms >= 1000 && ms <= 86_400_000 ? ms : null
}
