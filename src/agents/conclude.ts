import type { Redactor } from '../base/redact.ts'
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Attempt } from '../ports/agent.ts'
import type { AttemptResult } from '../run/attempt-result.ts'
import { lacksDescriptor, onceThereAreDescriptors } from './descriptors.ts'
import { lastLine } from './last-line.ts'
import { checkOutputs } from './output-schema.ts'
import { readOutputs, sealOutputs } from './outputs.ts'
import { keepArtifacts } from './artifacts.ts'
import type { Ended } from './process/ended.ts'
import { isCut, type OutputCaps } from './raw-log.ts'
import { plainResult, resultOf, withArtifacts } from './result.ts'
import { type Sealed, sealLog } from './seal.ts'

/** A success that left nothing to read, to check or to seal: the result is known without touching the disk. */
export const isPlainSuccess = (attempt: Attempt, ended: Ended): boolean =>
  isSuccess(ended) &&
  ended.outputBytes === 0 &&
  ended.outputsBytes === 0 &&
  attempt.spec.outputSchema === null &&
  attempt.spec.artifacts.length === 0 &&
  attempt.spec.tests === undefined

const isSuccess = (ended: Ended): boolean => ended.reason === 'exited' && ended.exitCode === 0

/**
 * Seals the log, keeps the artifacts and reads the outputs of an attempt that has ended. What goes wrong with that is a
 * result; only for want of file descriptors it waits, since an attempt that cannot be looked at has not failed.
 *
 * @returns `null` when `signal` aborts it while it waits: the next holder concludes the attempt
 */
export function concludeAttempt(
  attempt: Attempt,
  ended: Ended,
  redactor: Redactor,
  caps: OutputCaps,
  signal: AbortSignal,
): Promise<AttemptResult | null> {
  return onceThereAreDescriptors(async () => {
    const kept = await keepArtifacts(attempt.root, attempt.folder, attempt.spec.artifacts, redactor)
    return withArtifacts(await concludeProcess(attempt, ended, redactor, caps), kept)
  }, signal)
}

async function concludeProcess(
  attempt: Attempt,
  ended: Ended,
  redactor: Redactor,
  caps: OutputCaps,
): Promise<AttemptResult> {
  const sealed = await sealOrKeep(attempt.folder, redactor, caps)
  // The log may be sealed already, by an earlier look at the attempt.
  const outputBytes = Math.max(ended.outputBytes, sealed.bytes)
  const facts = { outputBytes, outputTruncated: sealed.truncated || isCut(outputBytes, caps) }
  if (!isSuccess(ended)) {
    const outputs = await outputsOfFailure(attempt, ended, redactor)
    if (ended.outputsBytes > 0) sealOrLeave(attempt.folder, outputs)
    const said = outputBytes > 0 ? lastLine(attempt.folder) : null
    const text = ended.text === null ? null : redactor.text(ended.text)
    return { ...resultOf({ ...ended, text }, attempt.spec, said), outputs, ...facts }
  }
  const outputs = await checkedOutputs(attempt)
  if (!outputs.ok) {
    sealOrLeave(attempt.folder, null)
    const invalid = plainResult('failure', 'output_invalid', redactor.text(outputs.error))
    return { ...invalid, exitCode: ended.exitCode, ...facts }
  }
  const redacted = redactedJson(outputs.value, redactor)
  if (ended.outputsBytes > 0) sealOrLeave(attempt.folder, redacted)
  return { ...resultOf(ended, attempt.spec, null), outputs: redacted, ...facts }
}

/** What a command gave that failed by itself, if it is valid; one that was stopped may have been in the middle of it. */
async function outputsOfFailure(attempt: Attempt, ended: Ended, redactor: Redactor): Promise<JsonObject> {
  if (ended.reason !== 'exited' || ended.outputsBytes === 0) return {}
  const outputs = await checkedOutputs(attempt)
  return outputs.ok ? redactedJson(outputs.value, redactor) : {}
}

/** On a full disk what the step left stays. */
function sealOrLeave(folder: string, outputs: JsonObject | null): void {
  try {
    sealOutputs(folder, outputs)
  } catch (error) {
    if (lacksDescriptor(error)) throw error
    // The result is what counts, and nobody but its owner can enter the folder.
  }
}

/** On a full disk the raw output stays; readers redact it as they go. */
export async function sealOrKeep(folder: string, redactor: Redactor, caps: OutputCaps): Promise<Sealed> {
  try {
    return await sealLog(folder, redactor, caps)
  } catch (error) {
    if (lacksDescriptor(error)) throw error
    return { bytes: 0, truncated: false }
  }
}

async function checkedOutputs(attempt: Attempt): Promise<Result<JsonObject, string>> {
  const outputs = readOutputs(attempt.folder)
  const schema = attempt.spec.outputSchema
  if (!outputs.ok || schema === null) return outputs
  const problem = await checkOutputs(schema, outputs.value)
  return problem === null ? ok(outputs.value) : err(`the outputs are not what output_schema asks for: ${problem}`)
}

/** The same value without the secrets that are in its texts. */
export function redactedJson(value: JsonObject, redactor: Redactor): JsonObject {
  const redacted = (item: Json): Json => {
    if (typeof item === 'string') return redactor.text(item)
    if (typeof item === 'number') return redactor.text(String(item)) === String(item) ? item : '***'
    if (Array.isArray(item)) return item.map((one: Json) => redacted(one))
    return isJsonObject(item) ? entries(item) : item
  }
  const entries = (object: JsonObject): JsonObject =>
    Object.fromEntries(
      Object.entries(object).map(([name, item]) => {
        const shown = redactor.text(name)
        const parts: [string, Json] = [shown, redacted(item)]
        // One that has a "=" in it may have been taken for a name and its value.
        const isSplit =
          typeof item === 'string' && redactor.text(`${name}=${item}`) !== `${shown}=${redactor.text(item)}`
        return isSplit ? ['***', '***'] : parts
      }),
    )
  return entries(value)
}
