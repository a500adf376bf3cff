import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRedactor, type Redactor } from '../base/redact.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Attempt, AttemptKey, Report } from '../ports/agent.ts'
import type { Sandbox } from '../ports/sandbox.ts'
import type { AttemptResult } from '../run/attempt-result.ts'
import { type CliAgent, promptName } from './cli/agent.ts'
import { concludeAgent } from './cli/conclude.ts'
import { followStream } from './cli/follow.ts'
import { furnishHome, leaveHome, loginFile, makeHome } from './cli/home.ts'
import { launching } from './cli/launching.ts'
import type { ToolCalls } from '../ports/tool-calls.ts'
import { allowsDenied, wrongOption } from './cli/options.ts'
import { withSession } from './cli/sessions.ts'
import { leaveToolCalls } from './cli/tool-times.ts'
import { withSandbox } from './confine.ts'
import { AttemptProcesses, type ProcessSpec } from './process/attempts.ts'
import { type Ended, endedBy } from './process/ended.ts'
import { defaultCaps } from './raw-log.ts'
import { plainResult } from './result.ts'
import type { ClosableAdapter } from './shell.ts'

export type CliOptions = {
  readonly stateFolder: string
  /** The holder's environment without secrets. */
  readonly baseEnv: { readonly [name: string]: string }
  readonly secretValues: readonly string[]
  /** The headless agent of that name, with its key, or what is missing, in words for a person. */
  readonly agentNamed: (name: string) => Result<CliAgent, string>
  /** What confines agents. @default none: attempts that require one fail */
  readonly sandbox?: Sandbox | undefined
  /** Where agents may send spans of their own. @default nowhere */
  readonly tracesUrl?: string | null
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
  const {
    stateFolder,
    secretValues,
    sandbox,
    agentNamed,
    lingerMs = 5000,
    patienceMs = 600_000,
    graceMs = 10_000,
  } = options
  // Each attempt brings its whole environment.
  const processes = new AttemptProcesses({
    stateFolder,
    baseEnv: {},
    ...(options.perl === undefined ? {} : { perl: options.perl }),
  })
  const closing = new AbortController()
  const concluding = new Set<Promise<unknown>>()
  const follows = new Map<string, () => ToolCalls>()

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
  const conclude = async (attempt: Attempt, ended: Ended, agent: CliAgent | null): Promise<AttemptResult | null> => {
    const calls = unfollow(attempt)
    if (calls !== null) leaveToolCalls(attempt.folder, calls)
    const how = {
      parse: agent?.protocol.parse ?? ((text) => [{ type: 'noise', text }]),
      atExit: agent?.protocol.atExit ?? null,
      allowDenied: allowsDenied(attempt.with),
      redactor: redactorFor(attempt, agent),
      caps: defaultCaps,
      price: agent?.price ?? null,
      sessions: agent?.protocol.sessions ?? null,
    }
    const result = await concludeAgent(attempt, ended, how, closing.signal)
    if (result === null) return null
    // A later attempt may go on in its session; whose step is over has its home taken away by the engine.
    leaveHome(attempt.home, agent === null ? null : loginOf(agent), typeof result.session === 'string')
    return withSandbox(attempt, result)
  }
  const end = (attempt: Attempt, agent: CliAgent | null, report: Report) => (ended: Ended) => {
    const work = conclude(attempt, ended, agent).then((result) => result !== null && report(result))
    concluding.add(work)
    void work.finally(() => concluding.delete(work))
  }
  const follow = (attempt: Attempt, agent: CliAgent, adopted: boolean): void => {
    const key = keyOf(attempt)
    // Preparing the search costs more than an agent that uses no tools.
    let redactor: Redactor | null = null
    const unwatch = followStream({
      folder: attempt.folder,
      parse: agent.protocol.parse,
      redact: (text) => (redactor ??= redactorFor(attempt, agent)).text(text),
      lingerMs,
      patienceMs: attempt.spec.stallTimeoutMs ?? patienceMs,
      silenceMs: agent.protocol.isStream ? attempt.spec.stallTimeoutMs : null,
      adopted,
      settled: () => processes.stop(key, 'settled'),
      stalled: () => processes.stop(key, 'stalled'),
    })
    follows.set(key, unwatch)
  }
  const unfollow = (key: AttemptKey): ToolCalls | null => {
    const unwatch = follows.get(keyOf(key))
    follows.delete(keyOf(key))
    return unwatch?.() ?? null
  }

  /** What is to run, with everything that it finds in place. */
  const prepare = (
    wanted: Attempt,
  ): Result<{ readonly agent: CliAgent; readonly spec: ProcessSpec }, AttemptResult> => {
    const named = agentNamed(wanted.agent)
    if (!named.ok) return err(spawnFailed(named.error))
    const agent = named.value
    const { protocol } = agent
    const wrong = wrongOption(wanted.with, protocol.options)
    if (wrong !== null) return err(spawnFailed(wrong))
    const login = loginOf(agent)
    const around = {
      stateFolder,
      baseEnv: options.baseEnv,
      sandbox,
      key: keyOf(wanted),
      tracesUrl: options.tracesUrl ?? null,
    }
    try {
      // Its home has to be there before the sandbox is made, which shows only what is there.
      mkdirSync(wanted.folder, { recursive: true, mode: 0o700 })
      const attempt = withSession(wanted, protocol.sessions)
      if (protocol.home !== null) makeHome(attempt.home, login, attempt.session !== null)
      writeFileSync(join(attempt.folder, promptName), '', { mode: 0o600 })
      const launched = launching(attempt, agent, login?.file ?? null, around)
      if (!launched.ok) {
        const { noSandbox, why } = launched.error
        return err(plainResult('error', noSandbox ? 'sandbox_unavailable' : 'spawn_failed', why))
      }
      const { launch, argv, env } = launched.value
      if (protocol.home !== null) furnishHome(attempt.home, launch)
      writeFileSync(join(attempt.folder, promptName), launch.prompt, { mode: 0o600 })
      return ok({ agent, spec: specOf(attempt, argv, env, graceMs) })
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return err(spawnFailed(`cannot write to ${wanted.folder}: ${why}`))
    }
  }

  return {
    name: 'cli',
    start(attempt, report) {
      const prepared = prepare(attempt)
      if (!prepared.ok) {
        setImmediate(() => report(prepared.error))
        return
      }
      const { agent, spec } = prepared.value
      processes.start(spec, end(attempt, agent, report))
      follow(attempt, agent, false)
    },
    async attach(attempt, report) {
      // The registry may have changed since: then what the agent told cannot be read, but its end is known.
      const named = agentNamed(attempt.agent)
      const agent = named.ok ? named.value : null
      const found = await processes.attach(specOf(attempt, [], {}, graceMs), end(attempt, agent, report))
      if (found === 'adopted' && agent !== null) follow(attempt, agent, true)
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
      closing.abort()
      await Promise.allSettled(concluding)
    },
  }
}

const keyOf = (key: AttemptKey): string => `${key.runId}/${key.step}/${key.attempt}`

const spawnFailed = (why: string): AttemptResult => plainResult('error', 'spawn_failed', why)

/** Behind a shell when a direct start fails: it says why in words. */
const reading = ['/bin/sh', '-c', 'exec "$@"', 'sh']

function specOf(
  attempt: Attempt,
  argv: readonly string[],
  env: { readonly [name: string]: string },
  graceMs: number,
): ProcessSpec {
  const { spec, folder } = attempt
  return {
    key: keyOf(attempt),
    folder,
    workingDirectory: attempt.workingDirectory,
    direct: argv,
    shell: [...reading, ...argv],
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
