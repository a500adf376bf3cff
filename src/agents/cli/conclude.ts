import type { Cause } from '../../base/cause.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Redactor } from '../../base/redact.ts'
import type { Attempt, Session } from '../../ports/agent.ts'
import type { AttemptResult } from '../../run/attempt-result.ts'
import { keepArtifacts } from '../artifacts.ts'
import { redactedJson, sealOrKeep } from '../conclude.ts'
import { onceThereAreDescriptors } from '../descriptors.ts'
import type { LineParser } from '../events.ts'
import { costAt, listPriceOf } from '../list-price.ts'
import type { Ended } from '../process/ended.ts'
import type { OutputCaps } from '../raw-log.ts'
import { longestMessage } from '../../run/attempt-result.ts'
import { retryAtIn } from '../retry-at.ts'
import { plainResult, resultOf, withArtifacts } from '../result.ts'
import { outputsOf } from './answer.ts'
import { judge, usageOf } from './judge.ts'
import type { Protocol, Sessions } from './agent.ts'
import { readEnd, readStream } from './read-stream.ts'
import { see, type Seen } from './seen.ts'
import { ownPart, resumedIn } from './sessions.ts'

export type Conclusion = {
  readonly parse: LineParser
  readonly atExit: Protocol['atExit']
  readonly allowDenied: boolean
  readonly redactor: Redactor
  readonly caps: OutputCaps
  /** The registry's list prices of the agent. */
  readonly price: JsonObject | null
  readonly sessions: Sessions | null
}

/**
 * Reads what an agent told, seals its log, keeps its artifacts. Never rejects: what goes wrong is a result.
 *
 * @returns `null` when `signal` aborts it while it waits for a descriptor: the next holder concludes the attempt
 */
export const concludeAgent = (
  attempt: Attempt,
  ended: Ended,
  how: Conclusion,
  signal: AbortSignal,
): Promise<AttemptResult | null> => onceThereAreDescriptors(() => conclude(attempt, ended, how), signal)

async function conclude(attempt: Attempt, ended: Ended, how: Conclusion): Promise<AttemptResult> {
  const { redactor, caps } = how
  const seen = await seenOf(attempt, ended, how)
  const sealed = await sealOrKeep(attempt.folder, redactor, caps)
  const kept = await keepArtifacts(attempt.root, attempt.folder, attempt.spec.artifacts, redactor)
  const result = await resultFrom(attempt, ended, seen, how)
  const session = sessionIn(seen, attempt, how)
  return withArtifacts(
    {
      ...result,
      message: session.resumed === 'afresh' ? withWords(result.message, beganAnew) : result.message,
      ...spentBy(seen, attempt, how),
      ...session,
      outputBytes: Math.max(ended.outputBytes, sealed.bytes),
      outputTruncated: sealed.truncated,
    },
    kept,
  )
}

/** What it prints beside its stream is no word of its work. */
const toldNothing = 'told nothing of its work for'

/** Of these an agent may say when they are over. */
const comesBack: ReadonlySet<Cause> = new Set<Cause>(['usage_limit', 'rate_limited', 'overloaded'])

const beganAnew = 'its earlier session was gone, so it began anew'
const withWords = (message: string | null, more: string): string =>
  (message === null ? more : `${more}; ${message}`).slice(0, longestMessage)

/** Tokens and what they cost: as the agent tells, else by list price. */
function spentBy(
  seen: Seen,
  attempt: Attempt,
  { price, sessions }: Conclusion,
): Pick<AttemptResult, 'usage' | 'costUsd' | 'costSource'> {
  const all = { usage: usageOf(seen), costUsd: seen.costUsd }
  const { usage, costUsd } = hasGoneOn(attempt) ? ownPart(all, attempt.session, sessions?.sums ?? []) : all
  if (costUsd !== null) return { usage, costUsd, costSource: 'reported' }
  const listed = listPriceOf(price, attempt.spec.model)
  if (usage === null || listed === null) return { usage, costUsd: null }
  return { usage, costUsd: costAt(listed, usage), costSource: 'list_price' }
}

const hasGoneOn = (attempt: Attempt): attempt is Attempt & { readonly session: Session } =>
  attempt.session !== null && resumedIn(attempt.folder) === 'yes'

/** In which session it worked. One that it was to go on in and never told of is none to go on in. */
function sessionIn(
  { session: told }: Seen,
  attempt: Attempt,
  { sessions, redactor }: Conclusion,
): Pick<AttemptResult, 'session' | 'resumed'> {
  if (sessions === null) return {}
  // What is a secret is no name of a session.
  const session = told !== null && redactor.text(told) === told ? told : null
  const resumed = attempt.session === null ? null : resumedIn(attempt.folder)
  return {
    ...(session !== null || resumed === 'yes' ? { session } : {}),
    ...(resumed === null ? {} : { resumed }),
  }
}

async function seenOf({ folder }: Attempt, ended: Ended, { parse, atExit, caps }: Conclusion): Promise<Seen> {
  const seen = await readStream(folder, parse, caps)
  if (atExit === null || ended.reason !== 'exited' || ended.signal !== null) return seen
  return atExit(await readEnd(folder), ended.exitCode).reduce(see, seen)
}

async function resultFrom(
  attempt: Attempt,
  ended: Ended,
  seen: Seen,
  { redactor, allowDenied }: Conclusion,
): Promise<AttemptResult> {
  const verdict = judge(seen, ended, { allowDenied })
  const said = seen.lastNoise ?? seen.lastRetry
  const text = ended.text === null ? null : redactor.text(ended.text)
  const byProcess = resultOf({ ...ended, text }, attempt.spec, said === null ? null : redactor.text(said), toldNothing)
  if (verdict.by === 'process') return byProcess
  const { exitCode, signal } = byProcess
  const { outcome, cause, message } = verdict
  if (outcome !== 'success') {
    const failed = plainResult(outcome, cause, message === null ? null : redactor.text(message))
    const retryAt =
      cause === null || !comesBack.has(cause) ? null : (seen.retryAt ?? retryAtIn(message ?? '', Date.now()))
    return { ...failed, ...(retryAt === null ? {} : { retryAt }), exitCode, signal }
  }
  const outputs = await outputsOf(seen, attempt.spec.outputSchema)
  if (!outputs.ok)
    return { ...plainResult('failure', 'output_invalid', redactor.text(outputs.error)), exitCode, signal }
  const left = ended.left > 0 ? `${ended.left} of its processes could not be ended` : null
  return { ...plainResult('success', null, left), exitCode, signal, outputs: redactedJson(outputs.value, redactor) }
}
