import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cause, Outcome } from '../base/cause.ts'
import { hashFraction } from '../base/hash.ts'
import type { JsonObject } from '../base/json.ts'
import type { Redactor } from '../base/redact.ts'
import type { AgentAdapter, Attempt, AttemptKey, StopReason } from '../ports/agent.ts'
import type { AttemptResult } from '../run/attempt-result.ts'
import { inventOutputs, outputsAt } from './invent-outputs.ts'
import { checkOutputs } from './output-schema.ts'
import { endedBy } from './process/ended.ts'
import { keepArtifacts } from './artifacts.ts'
import { cachedRedactor } from './redactors.ts'
import { plainResult, resultOf, withArtifacts } from './result.ts'
import { sealedLogName } from './seal.ts'
import { applyEdits } from './simulated-edits.ts'
import { readScript, type Script } from './simulated-script.ts'

export type SimulatedOptions = {
  /** Divides every delay: 1 is real time. @default ORCHD_SIMULATE_SPEED, else 1 */
  readonly speed?: number
  /** Values that must never be shown, beside those of the secrets that a step names. */
  readonly secretValues?: readonly string[]
}

/** Left in the attempt's folder before the first edit: from there on the attempt must not be repeated by itself. */
const editedName = 'edited'

const longestDelayMs = 2 ** 31 - 1

/**
 * An agent that costs nothing and needs nobody: what it does follows from the step's `with` and from a hash of run,
 * step and attempt, so that a run repeats exactly. It lives in the holder's process: after a crash its attempts
 * begin anew, unless they may have edited files.
 */
export function createSimulated(options: SimulatedOptions = {}): AgentAdapter & { close(): Promise<void> } {
  const speed = options.speed ?? speedOfEnvironment()
  const redactorFor = cachedRedactor(options.secretValues ?? [])
  const running = new Map<string, { readonly cancel: () => void; end(result: AttemptResult): void }>()

  return {
    name: 'simulated',
    start(attempt, report) {
      const script = readScript(attempt)
      const timeoutMs = attempt.spec.timeoutMs ?? Number.POSITIVE_INFINITY
      const inTime = script.ok && script.value.delayMs <= timeoutMs
      const delayMs = Math.min(script.ok ? script.value.delayMs : 0, timeoutMs) / speed
      const end = (result: AttemptResult): void => {
        if (running.delete(keyOf(attempt))) report({ ...result, simulated: true })
      }
      const act = async (): Promise<AttemptResult> => {
        if (!script.ok) return plainResult('error', 'spawn_failed', script.error)
        if (!inTime) return resultOf(endedBy('timeout', null), attempt.spec, null)
        return await play(attempt, script.value, redactorFor(attempt))
      }
      const fail = (error: unknown): void => end(plainResult('error', 'agent_error', String(error)))
      running.set(keyOf(attempt), { cancel: after(delayMs, () => void act().then(end, fail)), end })
    },
    async attach(attempt) {
      return existsSync(join(attempt.folder, editedName)) ? 'lost' : 'unclaimed'
    },
    stop(key, reason) {
      const found = running.get(keyOf(key))
      if (found === undefined) return
      found.cancel()
      setImmediate(() => found.end(stopped(reason)))
    },
    async close() {
      for (const { cancel } of running.values()) cancel()
      running.clear()
    },
  }
}

/** Later, but without the millisecond that `setTimeout` waits at least. The result cancels it. */
function after(delayMs: number, callback: () => void): () => void {
  if (delayMs < 1) {
    const immediate = setImmediate(callback)
    return () => clearImmediate(immediate)
  }
  const timer = setTimeout(callback, Math.min(delayMs, longestDelayMs))
  return () => clearTimeout(timer)
}

const keyOf = (key: AttemptKey): string => `${key.runId}/${key.step}/${key.attempt}`

const stopped = (reason: StopReason): AttemptResult =>
  resultOf(endedBy(reason, null), { timeoutMs: null, stallTimeoutMs: null, orphanTimeoutMs: null }, null)

function speedOfEnvironment(): number {
  const speed = Number(process.env['ORCHD_SIMULATE_SPEED'] ?? '1')
  return speed > 0 ? speed : 1
}

async function play(attempt: Attempt, script: Script, redactor: Redactor): Promise<AttemptResult> {
  const text = redactor.text(script.text)
  const outputBytes = leaveLog(attempt.folder, text === '' ? '' : `${text}\n`)
  const facts = { outputBytes, usage: script.usage }
  if (script.failure !== null) {
    return { ...plainResult(outcomeOf(script.failure), script.failure, `simulated: ${text}`), ...facts }
  }
  if (script.edits.length > 0 && attempt.simulate !== 'all') {
    leaveMark(attempt.folder)
    const problem = applyEdits(attempt.workingDirectory, script.edits)
    if (problem !== null) return { ...plainResult('failure', 'agent_error', redactor.text(problem)), ...facts }
  }
  const outputs = script.outputs ?? inventedFor(attempt)
  const problem = attempt.spec.outputSchema === null ? null : await checkOutputs(attempt.spec.outputSchema, outputs)
  if (problem !== null) {
    const message = `the simulated outputs are not what output_schema asks for, set them in "with": ${problem}`
    return { ...plainResult('failure', 'output_invalid', redactor.text(message)), ...facts }
  }
  const done = { ...plainResult('success', null, null), outputs, ...facts }
  if (attempt.simulate === 'all') return done
  return withArtifacts(done, await keepArtifacts(attempt.root, attempt.folder, attempt.spec.artifacts, redactor))
}

const inventedFor = (attempt: Attempt): JsonObject =>
  attempt.spec.outputSchema === null
    ? outputsAt(attempt.outputsRead)
    : inventOutputs(attempt.spec.outputSchema, (place) => hashFraction(`${keyOf(attempt)} ${place}`))

/** Whole or not at all, as sealed logs are. The size of the log, or 0 when there is no place for it. */
function leaveLog(folder: string, text: string): number {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(join(folder, `${sealedLogName}.tmp`), text, { mode: 0o600 })
    renameSync(join(folder, `${sealedLogName}.tmp`), join(folder, sealedLogName))
    return Buffer.byteLength(text)
  } catch {
    return 0 // a full disk costs the log, not the attempt
  }
}

function leaveMark(folder: string): void {
  writeFileSync(join(folder, editedName), '', { mode: 0o600 })
}

const outcomes: { readonly [cause in Cause]?: Exclude<Outcome, 'skip'> } = {
  timeout: 'timeout',
  stalled: 'timeout',
  cancelled: 'cancellation',
  spawn_failed: 'error',
  sandbox_unavailable: 'error',
  daemon_lost: 'error',
}

const outcomeOf = (cause: Cause): Exclude<Outcome, 'skip'> => outcomes[cause] ?? 'failure'
