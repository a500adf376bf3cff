import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRedactor, type Redactor } from '../base/redact.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Attempt, AttemptKey, Report } from '../ports/agent.ts'
import { type CliAgent, type Launch, promptName } from './cli/agent.ts'
import { concludeAgent } from './cli/conclude.ts'
import { agentEnvironment } from './cli/environment.ts'
import { followStream } from './cli/follow.ts'
import { leaveHome, loginFile, makeHome } from './cli/home.ts'
import { allowsDenied, wrongOption } from './cli/options.ts'
import { withSession } from './cli/sessions.ts'
import { findProgram } from './find-program.ts'
import { AttemptProcesses, type ProcessSpec } from './process/attempts.ts'
import { type Ended, endedBy } from './process/ended.ts'
import { defaultCaps } from './raw-log.ts'
import { plainResult } from './result.ts'
import { unlaunchable } from './shell-environment.ts'
import type { ClosableAdapter } from './shell.ts'

export type CliOptions = {
  readonly stateFolder: string
  /** The holder's environment without secrets. */
  readonly baseEnv: { readonly [name: string]: string }
  readonly secretValues: readonly string[]
  /** The headless agent of that name, with its key, or what is missing, in words for a person. */
  readonly agentNamed: (name: string) => Result<CliAgent, string>
  /** How long an agent may stay once it has told its end. @default 5 seconds */
  readonly lingerMs?: number
  /** How long an agent without a `stall_timeout` may do nothing but try again. @default 10 minutes */
  readonly patienceMs?: number
  /** From TERM to KILL. @default 10 seconds */
  readonly graceMs?: number
  /** Runs the launcher in Perl, with this program. @default the compiled one; without it the first `perl` on the PATH */
  readonly perl?: string
}

/**
 * Headless agents: command-line programs that work on a prompt and tell of it line by line, each in a process of its
 * own under the launcher, so that it outlives the holder as a shell step does.
 */
export function createCli(options: CliOptions): ClosableAdapter {
  const { stateFolder, secretValues, agentNamed, lingerMs = 5000, patienceMs = 600_000, graceMs = 10_000 } = options
  const baseEnv = agentEnvironment(options.baseEnv)
  // Each attempt brings its whole environment.
  const processes = new AttemptProcesses({
    stateFolder,
    baseEnv: {},
    ...(options.perl === undefined ? {} : { perl: options.perl }),
  })
  const concluding = new Set<Promise<void>>()
  const follows = new Map<string, () => void>()

  const redactorFor = (attempt: Attempt, agent: CliAgent | null): Redactor =>
    createRedactor([
      ...secretValues,
      ...Object.values(attempt.secrets),
      ...attempt.secretValues,
      ...(agent?.key === null || agent === null ? [] : [agent.key[1]]),
    ])
  const loginOf = ({ protocol: { home }, key }: CliAgent): { readonly name: string; readonly file: string } | null => {
    const file = home === null || key !== null ? null : loginFile(home, options.baseEnv)
    return home === null || file === null ? null : { name: home.login, file }
  }
  const conclude = async (attempt: Attempt, ended: Ended, agent: CliAgent | null): ReturnType<typeof concludeAgent> => {
    unfollow(attempt)
    const result = await concludeAgent(attempt, ended, {
      parse: agent?.protocol.parse ?? ((text) => [{ type: 'noise', text }]),
      atExit: agent?.protocol.atExit ?? null,
      allowDenied: allowsDenied(attempt.with),
      redactor: redactorFor(attempt, agent),
      caps: defaultCaps,
      price: agent?.price ?? null,
      sessions: agent?.protocol.sessions ?? null,
    })
    // A later attempt may go on in its session; whose step is over has its home taken away by the engine.
    leaveHome(attempt.home, agent === null ? null : loginOf(agent), typeof result.session === 'string')
    return result
  }
  const end = (attempt: Attempt, agent: CliAgent | null, report: Report) => (ended: Ended) => {
    const work = conclude(attempt, ended, agent).then(report)
    concluding.add(work)
    void work.finally(() => concluding.delete(work))
  }
  const follow = (attempt: Attempt, agent: CliAgent): void => {
    const key = keyOf(attempt)
    const unwatch = followStream({
      folder: attempt.folder,
      parse: agent.protocol.parse,
      lingerMs,
      patienceMs: attempt.spec.stallTimeoutMs ?? patienceMs,
      settled: () => processes.stop(key, 'settled'),
      stalled: () => processes.stop(key, 'stalled'),
    })
    follows.set(key, unwatch)
  }
  const unfollow = (key: AttemptKey): void => {
    follows.get(keyOf(key))?.()
    follows.delete(keyOf(key))
  }

  /** What is to run, with everything that it finds in place. */
  const prepare = (wanted: Attempt): Result<{ readonly agent: CliAgent; readonly spec: ProcessSpec }, string> => {
    const agent = agentNamed(wanted.agent)
    if (!agent.ok) return agent
    const { protocol } = agent.value
    const wrong = wrongOption(wanted.with, protocol.options)
    if (wrong !== null) return err(wrong)
    const found = withSessionIn(wanted, protocol)
    if (!found.ok) return found
    const attempt = found.value
    const launch = protocol.launch(attempt, agent.value, attempt.home)
    if (!launch.ok) return launch
    const env = environmentOf(attempt, agent.value, launch.value, baseEnv)
    const command = commandOf(agent.value, launch.value, env)
    if (!command.ok) return command
    const argv = protocol.driver === null ? command.value : [process.execPath, protocol.driver, ...command.value]
    for (const text of argv) {
      const problem = unlaunchable(text, env)
      if (problem !== null) return err(problem)
    }
    try {
      if (protocol.home !== null) makeHome(attempt.home, loginOf(agent.value), launch.value, attempt.session !== null)
      writeFileSync(join(attempt.folder, promptName), launch.value.prompt, { mode: 0o600 })
    } catch (error) {
      return err(unwritable(attempt.folder, error))
    }
    return ok({ agent: agent.value, spec: specOf(attempt, argv, launch.value.stdin, env, graceMs) })
  }

  return {
    name: 'cli',
    start(attempt, report) {
      const prepared = prepare(attempt)
      if (!prepared.ok) {
        setImmediate(() => report(plainResult('error', 'spawn_failed', prepared.error)))
        return
      }
      const { agent, spec } = prepared.value
      processes.start(spec, end(attempt, agent, report))
      follow(attempt, agent)
    },
    async attach(attempt, report) {
      // The registry may have changed since: then what the agent told cannot be read, but its end is known.
      const named = agentNamed(attempt.agent)
      const agent = named.ok ? named.value : null
      const found = await processes.attach(specOf(attempt, [], false, {}, graceMs), end(attempt, agent, report))
      if (found === 'adopted' && agent !== null) follow(attempt, agent)
      if (found === 'lost') await conclude(attempt, endedBy('lost', null), agent)
      return found
    },
    stop(key, reason) {
      processes.stop(keyOf(key), reason)
    },
    async close() {
      for (const unwatch of follows.values()) unwatch()
      follows.clear()
      await processes.close()
      await Promise.allSettled(concluding)
    },
  }
}

const keyOf = (key: AttemptKey): string => `${key.runId}/${key.step}/${key.attempt}`

/** The agent's own command line, with its program found; empty where a driver is all there is. */
function commandOf(
  agent: CliAgent,
  launch: Launch,
  env: { readonly [name: string]: string },
): Result<string[], string> {
  const [program, ...words] = agent.command
  if (program === undefined && agent.protocol.driver !== null) return ok([])
  const file = findProgram(program ?? '', env['PATH'])
  return file === null ? err(`there is no "${program}" on PATH`) : ok([file, ...words, ...launch.args])
}

const unwritable = (folder: string, error: unknown): string =>
  `cannot write to ${folder}: ${error instanceof Error ? error.message : String(error)}`

/** Makes the attempt's folder, and finds out whether its session is there to go on in. */
function withSessionIn(attempt: Attempt, { sessions }: CliAgent['protocol']): Result<Attempt, string> {
  try {
    mkdirSync(attempt.folder, { recursive: true, mode: 0o700 })
    return ok(withSession(attempt, sessions))
  } catch (error) {
    return err(unwritable(attempt.folder, error))
  }
}

/** Standard input is a file at its end sooner or later, or nothing: an open pipe keeps some agents waiting. */
const readingPrompt = ['/bin/sh', '-c', 'prompt=$1; shift; exec "$@" <"$prompt"', 'sh']
const reading = ['/bin/sh', '-c', 'exec "$@"', 'sh']

function specOf(
  attempt: Attempt,
  argv: readonly string[],
  readsPrompt: boolean,
  env: { readonly [name: string]: string },
  graceMs: number,
): ProcessSpec {
  const { spec, folder } = attempt
  return {
    key: keyOf(attempt),
    folder,
    workingDirectory: attempt.workingDirectory,
    direct: readsPrompt ? [] : argv,
    shell: readsPrompt ? [...readingPrompt, join(folder, promptName), ...argv] : [...reading, ...argv],
    env,
    limits: {
      timeoutMs: spec.timeoutMs,
      stallTimeoutMs: spec.stallTimeoutMs,
      orphanTimeoutMs: spec.orphanTimeoutMs,
      graceMs,
      ...defaultCaps,
    },
    startedAt: attempt.startedAt,
  }
}

function environmentOf(
  attempt: Attempt,
  agent: CliAgent,
  launch: Launch,
  baseEnv: { readonly [name: string]: string },
): { readonly [name: string]: string } {
  const { home } = agent.protocol
  const all: { readonly [name: string]: string | null } = {
    ...baseEnv,
    ...(attempt.path === null ? {} : { PATH: attempt.path }),
    ...launch.env,
    ...(agent.key === null ? {} : { [agent.key[0]]: agent.key[1] }),
    ...agent.env,
    ...attempt.env,
    ...attempt.secrets,
    ...(home === null ? {} : { [home.variable]: attempt.home }),
    ORCHD_ATTEMPT_KEY: keyOf(attempt),
  }
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null))
}
