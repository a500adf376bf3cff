import { join } from 'node:path'
import { createRedactor, type Redactor } from '../base/redact.ts'
import type { AgentAdapter, Attempt, AttemptKey, Report } from '../ports/agent.ts'
import { concludeAttempt, isPlainSuccess } from './conclude.ts'
import { outputsName } from './outputs.ts'
import { AttemptProcesses, type ProcessSpec } from './process/attempts.ts'
import { type Ended, endedBy } from './process/ended.ts'
import { defaultCaps, type OutputCaps } from './raw-log.ts'
import { plainResult, resultOf } from './result.ts'
import { findShell, shellEnvironment, unlaunchable } from './shell-environment.ts'
import { simpleCommand } from './simple-command.ts'

export type ShellOptions = {
  /** Absolute path of the state folder; its file `holder` says who the holder is. */
  readonly stateFolder: string
  /** What every step may see of the holder's environment. */
  readonly baseEnv: { readonly [name: string]: string }
  /** Values that must never be shown, beside those of the secrets that a step names. */
  readonly secretValues: readonly string[]
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
  const { stateFolder, secretValues, outputCaps = defaultCaps, graceMs = 10_000 } = options
  const baseEnv = shellEnvironment(options.baseEnv)
  const shell = findShell(baseEnv['PATH'])
  const redactorFor = cachedRedactor(secretValues)
  const closing = new AbortController()
  const concluding = new Set<Promise<unknown>>()
  const processes = new AttemptProcesses({
    stateFolder,
    baseEnv,
    ...(options.perl === undefined ? {} : { perl: options.perl }),
  })

  const conclude = (attempt: Attempt, ended: Ended, report: Report): void => {
    if (isPlainSuccess(attempt, ended)) return report(resultOf(ended, attempt.spec, null))
    const work = concludeAttempt(attempt, ended, redactorFor(attempt), outputCaps, closing.signal).then(
      (result) => result !== null && report(result),
    )
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

  return {
    name: 'shell',
    start(attempt, report) {
      const problem = whyNot(attempt)
      if (problem !== null) setImmediate(() => report(plainResult('error', 'spawn_failed', problem)))
      else processes.start(specOf(attempt), (ended) => conclude(attempt, ended, report))
    },
    async attach(attempt, report) {
      const found = await processes.attach(specOf(attempt), (ended) => conclude(attempt, ended, report))
      // Its log is sealed even so; what became of it is for the caller to say.
      if (found === 'lost') {
        await concludeAttempt(attempt, endedBy('lost', null), redactorFor(attempt), outputCaps, closing.signal)
      }
      return found
    },
    stop(key, reason) {
      processes.stop(keyOf(key), reason)
    },
    async close() {
      await processes.close()
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

function whyNot(attempt: Attempt): string | null {
  const command = commandOf(attempt)
  if (command === null) return `the shell runs steps with "run", not with "${attempt.spec.body.kind}"`
  return unlaunchable(command, environmentOf(attempt))
}

/** Most attempts of a run name the same secrets, and preparing the search costs more than many a log. */
function cachedRedactor(secretValues: readonly string[]): (attempt: Attempt) => Redactor {
  const most = 32
  const known = new Map<string, Redactor>()
  return ({ secrets, secretValues: more }) => {
    const values = [...Object.values(secrets), ...more]
    const key = JSON.stringify(values)
    const redactor = known.get(key) ?? createRedactor([...secretValues, ...values])
    if (known.size >= most) known.clear()
    known.set(key, redactor)
    return redactor
  }
}
