import type { JsonObject } from '../../base/json.ts'
import type { Redactor } from '../../base/redact.ts'
import type { Attempt } from '../../ports/agent.ts'
import type { AttemptResult } from '../../run/event.ts'
import { keepArtifacts } from '../artifacts.ts'
import { redactedJson, sealOrKeep } from '../conclude.ts'
import type { LineParser } from '../events.ts'
import { costAt, listPriceOf } from '../list-price.ts'
import type { Ended } from '../process/ended.ts'
import type { OutputCaps } from '../raw-log.ts'
import { plainResult, resultOf, withArtifacts } from '../result.ts'
import { outputsOf } from './answer.ts'
import { judge, usageOf } from './judge.ts'
import type { Protocol } from './agent.ts'
import { readEnd, readStream } from './read-stream.ts'
import { see, type Seen } from './seen.ts'

export type Conclusion = {
  readonly parse: LineParser
  readonly atExit: Protocol['atExit']
  readonly allowDenied: boolean
  readonly redactor: Redactor
  readonly caps: OutputCaps
  /** The registry's list prices of the agent. */
  readonly price: JsonObject | null
}

/** Reads what an agent told, seals its log, keeps its artifacts. Never rejects: what goes wrong is a result. */
export async function concludeAgent(attempt: Attempt, ended: Ended, how: Conclusion): Promise<AttemptResult> {
  const { redactor, caps } = how
  const seen = await seenOf(attempt, ended, how)
  const sealed = await sealOrKeep(attempt.folder, redactor, caps)
  const kept = await keepArtifacts(attempt.root, attempt.folder, attempt.spec.artifacts)
  const result = await resultFrom(attempt, ended, seen, how)
  return withArtifacts(
    {
      ...result,
      ...spentBy(seen, attempt, how),
      outputBytes: Math.max(ended.outputBytes, sealed.bytes),
      outputTruncated: sealed.truncated,
    },
    kept,
  )
}

/** Tokens and what they cost: as the agent tells, else by list price. */
function spentBy(
  seen: Seen,
  { spec }: Attempt,
  { price }: Conclusion,
): Pick<AttemptResult, 'usage' | 'costUsd' | 'costSource'> {
  const usage = usageOf(seen)
  if (seen.costUsd !== null) return { usage, costUsd: seen.costUsd, costSource: 'reported' }
  const listed = listPriceOf(price, spec.model)
  if (usage === null || listed === null) return { usage, costUsd: null }
  return { usage, costUsd: costAt(listed, usage), costSource: 'list_price' }
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
  const byProcess = resultOf({ ...ended, text }, attempt.spec, said === null ? null : redactor.text(said))
  if (verdict.by === 'process') return byProcess
  const { exitCode, signal } = byProcess
  const { outcome, cause, message } = verdict
  if (outcome !== 'success')
    return { ...plainResult(outcome, cause, message === null ? null : redactor.text(message)), exitCode, signal }
  const outputs = await outputsOf(seen, attempt.spec.outputSchema)
  if (!outputs.ok)
    return { ...plainResult('failure', 'output_invalid', redactor.text(outputs.error)), exitCode, signal }
  const left = ended.left > 0 ? `${ended.left} of its processes could not be ended` : null
  return { ...plainResult('success', null, left), exitCode, signal, outputs: redactedJson(outputs.value, redactor) }
}
