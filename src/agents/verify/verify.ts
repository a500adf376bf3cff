import { mkdirSync } from 'node:fs'
import { formatDuration } from '../../base/duration.ts'
import type { Instant } from '../../base/ids.ts'
import type { Verify } from '../../plan/plan.ts'
import type { AgentAdapter, Attempt, AttemptKey, Report, StopReason } from '../../ports/agent.ts'
import type { AttemptResult } from '../../run/attempt-result.ts'
import { keepArtifacts } from '../artifacts.ts'
import { onceThereAreDescriptors } from '../descriptors.ts'
import { cachedRedactor } from '../redactors.ts'
import { longestMessage } from '../../run/attempt-result.ts'
import { lastLine, oneLine } from '../last-line.ts'
import { failedTests } from '../tests/judge.ts'
import { plainResult, withArtifacts } from '../result.ts'
import { logTail } from './log-tail.ts'
import { type Ending, nextOf, resultOf } from './next.ts'
import type { CliAgent } from '../cli/agent.ts'
import { surroundingsOf } from './surroundings.ts'
import { checkAttempt, roundAttempt } from './phase-attempt.ts'
import { capLeft } from '../../run/usage.ts'
import { isCheck, loadRecord, phaseFolder, type Phase, saveRecord } from './record.ts'

export type VerifyOptions = {
  readonly agents: AgentAdapter
  readonly shell: AgentAdapter
  readonly stateFolder: string
  /** The holder's environment without secrets. */
  readonly baseEnv: { readonly [name: string]: string }
  /** The agent of that name, whose check is confined as it is; `null`: none that could be. */
  readonly agentNamed: (name: string) => CliAgent | null
  readonly secretValues: readonly string[]
  readonly now: () => Instant
}

type Live = {
  readonly attempt: Attempt
  readonly verify: Verify
  readonly report: Report
  phases: readonly Phase[]
  stopped: StopReason | null
}

/**
 * Attempts of agents whose work is checked by a command: red lets the same agent try again, within the attempt's one slot
 * and limit of time. What has happened is in the attempt's folder, so that the next holder goes on where this one ended.
 */
export function createVerify(options: VerifyOptions): AgentAdapter & { close(): Promise<void> } {
  const { agents, shell, agentNamed, now } = options
  const redactorFor = cachedRedactor(options.secretValues)
  const lives = new Map<string, Live>()
  const ending = new Set<Promise<unknown>>()
  const closing = new AbortController()

  const adapterAt = (index: number): AgentAdapter => (isCheck(index) ? shell : agents)

  const attemptAt = ({ attempt, verify, phases }: Live, index: number): Attempt => {
    const startedAt = phases[index]?.startedAt ?? attempt.startedAt
    const timeoutMs = timeLeft(attempt, phases, startedAt)
    const phase = { index, before: resultsOf(phases.slice(0, index)), startedAt, timeoutMs }
    if (isCheck(index))
      return checkAttempt(attempt, verify, surroundingsOf(attempt, agentNamed(attempt.agent), options), phase)
    const log = index === 0 ? '' : logTail(phaseFolder(attempt.folder, index - 1), redactorFor(attempt))
    return roundAttempt(attempt, verify, log, phase)
  }

  const save = (live: Live, phases: readonly Phase[]): void => {
    saveRecord(live.attempt.folder, { phases, isOver: false })
    live.phases = phases
  }

  /** The phase at this place has ended. */
  const done = (live: Live, index: number) => (result: AttemptResult) => {
    // Nobody saw how it ended: that is no result, and for the engine to decide.
    if (result.cause === 'daemon_lost') return finish(live, result)
    // Known also where it cannot be written down: it has to be paid for.
    live.phases = live.phases.map((phase, at) => (at === index ? { ...phase, result } : phase))
    guarded(live, () => {
      save(live, live.phases)
      goOn(live)
    })
  }

  const goOn = (live: Live): void => {
    // The next holder goes on.
    if (closing.signal.aborted) return
    const { attempt, verify, phases } = live
    const [index, results] = [phases.length, resultsOf(phases)]
    const next = nextOf(results, verify)
    if (next.do === 'end') return finish(live, resultOf(results, withWholeLimit(next.ending, attempt)))
    const startedAt = now()
    const over = whyOver(live, next.do, startedAt)
    if (over !== null) return finish(live, resultOf(results, over))
    const begun = [...phases, { startedAt, result: null }]
    const phase = attemptAt({ ...live, phases: begun }, index)
    save(live, begun)
    adapterAt(index).start(phase, done(live, index))
  }

  /** Keeps what the attempt is to keep, and reports. */
  const finish = (live: Live, result: AttemptResult): void => {
    const { attempt, phases, report } = live
    lives.delete(keyOf(attempt))
    const ended = async (): Promise<void> => {
      const kept = await keepArtifacts(attempt.root, attempt.folder, attempt.spec.artifacts, redactorFor(attempt))
      const told =
        result.cause === 'verify_failed' ? await withWordsOfCheck(result, attempt, phases.length - 1) : result
      saveRecord(attempt.folder, { phases, isOver: true })
      report(withArtifacts(told, kept))
    }
    const work = onceThereAreDescriptors(ended, never).catch((error: unknown) => report(notKept(result, error)))
    ending.add(work)
    void work.finally(() => ending.delete(work))
  }

  /** Does what comes between two phases, and can be begun again. A disk that fails there ends the attempt. */
  const guarded = (live: Live, work: () => void): void => {
    void onceThereAreDescriptors(async () => work(), closing.signal).catch((error: unknown) => {
      const why = plainResult('error', 'spawn_failed', `cannot write to ${live.attempt.folder}: ${wordsOf(error)}`)
      finish(live, resultOf(resultsOf(live.phases), why))
    })
  }

  const alive = (attempt: Attempt, verify: Verify, report: Report, phases: readonly Phase[]): Live => {
    const live: Live = { attempt, verify, report, phases, stopped: null }
    lives.set(keyOf(attempt), live)
    return live
  }

  return {
    name: 'verify',
    start(attempt, report) {
      const { verify } = attempt.spec
      if (verify === undefined) return agents.start(attempt, report)
      const live = alive(attempt, verify, report, [])
      guarded(live, () => {
        mkdirSync(attempt.folder, { recursive: true, mode: 0o700 })
        goOn(live)
      })
    },
    async attach(attempt, report) {
      const { verify } = attempt.spec
      if (verify === undefined) return agents.attach(attempt, report)
      const record = await onceThereAreDescriptors(async () => loadRecord(attempt.folder), never)
      const phases = record?.phases ?? []
      const live = alive(attempt, verify, report, phases)
      const index = Math.max(0, phases.length - 1)
      if (phases[index]?.result !== null && phases.length > 0) {
        setImmediate(() => guarded(live, () => goOn(live)))
        return 'picked_up'
      }
      const adapter = adapterAt(index)
      const phase = await onceThereAreDescriptors(async () => attemptAt(live, index), closing.signal)
      // The next holder takes it up.
      if (phase === null) return 'adopted'
      const found = await adapter.attach(phase, done(live, index))
      if (found === 'unclaimed' && index > 0) {
        adapter.start(phase, done(live, index))
        return 'adopted'
      }
      if (found === 'unclaimed' || found === 'lost') lives.delete(keyOf(attempt))
      return found
    },
    stop(key, reason) {
      const live = lives.get(keyOf(key))
      if (live !== undefined) live.stopped ??= reason
      agents.stop(key, reason)
      shell.stop(key, reason)
    },
    async close() {
      closing.abort()
      await Promise.allSettled(ending)
    },
  }
}

/** With the tests that failed, or else the last line that the check printed. */
async function withWordsOfCheck(result: AttemptResult, { folder }: Attempt, check: number): Promise<AttemptResult> {
  const log = phaseFolder(folder, check)
  const said = (await failedTests(log)) ?? lastLine(log)
  return said === null ? result : { ...result, message: oneLine(`${result.message}: ${said}`, longestMessage) }
}

const never = new AbortController().signal

const keyOf = (key: AttemptKey): string => `${key.runId}/${key.step}/${key.attempt}`

const resultsOf = (phases: readonly Phase[]): readonly AttemptResult[] =>
  phases.flatMap(({ result }) => (result === null ? [] : [result]))

/** What the attempt's limit leaves for a phase that starts then; at least a moment, since 0 would be no limit. */
function timeLeft({ spec: { timeoutMs } }: Attempt, phases: readonly Phase[], startedAt: Instant): number | null {
  return timeoutMs === null ? null : Math.max(1, timeoutMs - (startedAt - (phases[0]?.startedAt ?? startedAt)))
}

/** Why nothing may begin any more, though there is more to do. */
function whyOver({ attempt, phases, stopped }: Live, wanted: 'agent' | 'check', at: Instant): Ending | null {
  if (stopped === 'deadline') return plainResult('timeout', 'timeout', 'stopped: the time of the run is over')
  if (stopped !== null) return plainResult('cancellation', 'cancelled', 'cancelled')
  if (timeLeft(attempt, phases, at) === 1) return tookTooLong(attempt)
  const left = wanted === 'agent' ? capLeft(attempt.capUsd, resultsOf(phases)) : null
  if (left === null || left > 0) return null
  return plainResult('failure', 'budget', 'its check failed, and its budget has nothing left for another round')
}

const tookTooLong = ({ spec: { timeoutMs } }: Attempt): Ending =>
  plainResult('timeout', 'timeout', `took longer than ${formatDuration(timeoutMs ?? 0)}, its check included`)

/** A phase knows only what was left for it. */
const withWholeLimit = (ending: Ending, attempt: Attempt): Ending =>
  ending.cause === 'timeout' && attempt.spec.timeoutMs !== null && !(ending.message ?? '').includes('time of the run')
    ? tookTooLong(attempt)
    : ending

function notKept(result: AttemptResult, error: unknown): AttemptResult {
  const message = `what it was to keep could not be kept: ${wordsOf(error)}`
  return result.outcome === 'success' ? resultOf([result], plainResult('error', 'spawn_failed', message)) : result
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
