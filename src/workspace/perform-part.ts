import type { AgentAdapter, Attempt, AttemptKey, StopReason } from '../ports/agent.ts'
import type { AttemptResult } from '../run/attempt-result.ts'
import { checkWorkingDirectory } from './inside.ts'
import { ownResult } from './result.ts'

type PartAtWork = {
  readonly adapter: AgentAdapter
  readonly part: Attempt
  /** Makes the place that it works in, unless it has begun already. */
  readonly makePlace: () => Promise<void>
  readonly signal: AbortSignal
  /** Who is to be told of a stop, by `keyOf`; the part is in it while it works. */
  readonly atWork: Map<string, AgentAdapter>
}

/** A part of an attempt, done by another adapter. Rejects when the attempt is stopped before it begins, or the holder stops. */
export async function performPart({ adapter, part, makePlace, signal, atWork }: PartAtWork): Promise<AttemptResult> {
  const ended = Promise.withResolvers<AttemptResult>()
  const found = await adapter.attach(part, ended.resolve)
  if (found === 'lost') return ownResult('error', 'daemon_lost', 'its processes were lost, and no result was left')
  if (found === 'unclaimed') {
    await makePlace()
    const { root, workingDirectory, context } = part
    await checkWorkingDirectory({ root, workingDirectory, prefix: context?.prefix ?? '' })
    signal.throwIfAborted()
    adapter.start(part, ended.resolve)
  }
  atWork.set(keyOf(part), adapter)
  const aborted = (): void => ended.reject(signal.reason)
  signal.addEventListener('abort', aborted)
  // While it was taken up nobody could stop it, and the listener comes too late.
  if (signal.aborted) {
    const { reason } = signal as { readonly reason: unknown }
    if (isStop(reason)) adapter.stop(part, reason)
    else aborted()
  }
  try {
    return await ended.promise
  } finally {
    signal.removeEventListener('abort', aborted)
    atWork.delete(keyOf(part))
  }
}

export const keyOf = (key: AttemptKey): string => `${key.runId}/${key.step}/${key.attempt}`

export const isStop = (reason: unknown): reason is StopReason =>
  reason === 'cancelled' || reason === 'deadline' || reason === 'killed'
