import { join } from 'node:path'
import { err, type Result } from '../base/result.ts'
import type { AgentAdapter, Attempt, AttemptKey, Report } from '../ports/agent.ts'
import type { Sandbox } from '../ports/sandbox.ts'
import type { AttemptResult } from '../run/attempt-result.ts'
import { concludeAttempt, isPlainSuccess } from './conclude.ts'
import { confine, withSandbox } from './confine.ts'
import { outputsName } from './outputs.ts'
import { AttemptProcesses, type ProcessSpec } from './process/attempts.ts'
import { type Ended, endedBy } from './process/ended.ts'
import { defaultCaps, type OutputCaps } from './raw-log.ts'
import { cachedRedactor } from './redactors.ts'
import { plainResult, resultOf } from './result.ts'
import { findShell, shellEnvironment, unlaunchable } from './shell-environment.ts'
import { withTests } from './tests/judge.ts'
import { simpleCommand } from './simple-command.ts'

export type ShellOptions = {
  /** Absolute path of the state folder; its file `holder` says who the holder is. */
  readonly stateFolder: string
  /** What every step may see of the holder's environment. */
  readonly baseEnv: { readonly [name: string]: string }
  /** Values that must never be shown, beside those of the secrets that a step names. */
  readonly secretValues: readonly string[]
  /** What confines the steps that ask for it. @default none: steps that require one fail */
  readonly sandbox?: Sandbox | undefined
  /** From TERM to KILL. @default 10 seconds */
  readonly graceMs?: number
  /** @default the first 48 and the last 16 MiB of an attempt's output */
  readonly outputCaps?: OutputCaps
  /** Runs the launcher in Perl, with this program. @default the compiled one; without it the first `perl` on the PATH */
  readonly perl?: string
}

/** An adapter with processes behind it. `close` lets go of them: they go on, for the next holder to adopt. */
export type ClosableAdapter = AgentAdapter & { close(): Promise<void> }

/** Steps with `run`: a shell command in a process of its own, which outlives the holder. */
export function createShell(options: ShellOptions): ClosableAdapter {
  const { stateFolder, secretValues, sandbox, outputCaps = defaultCaps, graceMs = 10_000 } = options
  const baseEnv = shellEnvironment(options.baseEnv)
  const shell = findShell(baseEnv['PATH'])
  const redactorFor = cachedRedactor(secretValues)
  const closing = new AbortController()
  const concluding = new Set<Promise<unknown>>()
  const processesIn = (env: ShellOptions['baseEnv']): AttemptProcesses =>
    new AttemptProcesses({
      stateFolder,
      baseEnv: env,
      ...(options.perl === undefined ? {} : { perl: options.perl }),
    })
  const free = processesIn(baseEnv)
  // Each of these attempts brings its whole environment.
  const confined = processesIn({})
  const processesOf = ({ spec }: Attempt): AttemptProcesses => (spec.confinement === undefined ? free : confined)

  const conclude = (attempt: Attempt, ended: Ended, report: Report): void => {
    if (isPlainSuccess(attempt, ended)) return report(withSandbox(attempt, resultOf(ended, attempt.spec, null)))
    const work = concludeAttempt(attempt, ended, redactorFor(attempt), outputCaps, closing.signal)
      .then(async (result) => (result === null ? null : withTests(attempt, result)))
      .then((result) => result !== null && report(withSandbox(attempt, result)))
    concluding.add(work)
    void work.finally(() => concluding.delete(work))
  }
  const specOf = (attempt: Attempt): ProcessSpec => ({
    key: keyOf(attempt),
    folder: attempt.folder,
    workingDirectory: attempt.workingDirectory,
    direct: simpleCommand(commandOf(attempt) ?? ''),
    shell: [...shell, commandOf(attempt) ?? ''],
    env: environmentOf(attempt),
    limits: { ...limitsOf(attempt), graceMs, ...outputCaps },
    startedAt: attempt.startedAt,
  })

  const prepared = (attempt: Attempt): Result<ProcessSpec, AttemptResult> => {
    const spec = specOf(attempt)
    const command = commandOf(attempt)
    if (command === null)
      return err(spawnFailed(`the shell runs steps with "run", not with "${attempt.spec.body.kind}"`))
    const path = attempt.path ?? baseEnv['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'
    const found = confine(attempt, spec, { path, baseEnv, sandbox })
    if (!found.ok) return err(plainResult('error', 'sandbox_unavailable', found.error))
    const problem = unlaunchable(command, found.value.env)
    return problem === null ? found : err(spawnFailed(problem))
  }

  return {
    name: 'shell',
    start(attempt, report) {
      const spec = prepared(attempt)
      if (!spec.ok) setImmediate(() => report(spec.error))
      else processesOf(attempt).start(spec.value, (ended) => conclude(attempt, ended, report))
    },
    async attach(attempt, report) {
      const found = await processesOf(attempt).attach(specOf(attempt), (ended) => conclude(attempt, ended, report))
      // Its log is sealed even so; what became of it is for the caller to say.
      if (found === 'lost') {
        await concludeAttempt(attempt, endedBy('lost', null), redactorFor(attempt), outputCaps, closing.signal)
      }
      return found
    },
    stop(key, reason) {
      for (const processes of [free, confined]) processes.stop(keyOf(key), reason)
    },
    async close() {
      await Promise.all([free.close(), confined.close()])
      closing.abort()
      await Promise.allSettled(concluding)
    },
  }
}

const keyOf = (key: AttemptKey): string => `${key.runId}/${key.step}/${key.attempt}`

const commandOf = ({ spec }: Attempt): string | null => (spec.body.kind === 'run' ? spec.body.command : null)

const limitsOf = ({
  spec,
}: Attempt): Pick<ProcessSpec['limits'], 'timeoutMs' | 'stallTimeoutMs' | 'orphanTimeoutMs'> => ({
  timeoutMs: spec.timeoutMs,
  stallTimeoutMs: spec.stallTimeoutMs,
  orphanTimeoutMs: spec.orphanTimeoutMs,
})

const environmentOf = (attempt: Attempt): { readonly [name: string]: string } => ({
  ...(attempt.path === null ? {} : { PATH: attempt.path }),
  ...attempt.env,
  ...attempt.secrets,
  ORCHD_OUTPUT: join(attempt.folder, outputsName),
  ORCHD_ATTEMPT_KEY: keyOf(attempt),
})

const spawnFailed = (why: string): AttemptResult => plainResult('error', 'spawn_failed', why)
