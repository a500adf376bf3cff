import type { Attachment, Attempt } from '../ports/agent.ts'
import type { AttemptResult } from '../run/attempt-result.ts'
import type { RunState } from '../run/state.ts'
import { attemptOf, type AttemptContext } from './attempts.ts'

type Found = {
  report(attempt: Attempt, result: AttemptResult): void
  lost(attempt: Attempt): void
}

/**
 * Finds what became of every attempt that the journal says is in flight: its result is taken up, its process adopted,
 * an attempt that never began is started by its old intent, and one that left nothing is lost.
 */
export async function attachAll(context: AttemptContext, runs: readonly RunState[], found: Found): Promise<Recovered> {
  const tally = { adopted: 0, picked_up: 0, unclaimed: 0, lost: 0 }
  const attached = runs.flatMap((run) => Array.from(run.sets.running, (index) => attach(context, run, index, found)))
  for (const attachment of await Promise.all(attached)) if (attachment !== null) tally[attachment]++
  return { runs: runs.length, ...tally }
}

/** What a new holder found: how many runs, and what became of the attempts in flight. */
export type Recovered = { readonly runs: number } & { readonly [Kind in Attachment]: number }

async function attach(context: AttemptContext, run: RunState, index: number, found: Found): Promise<Attachment | null> {
  const state = run.states.get(index)
  if (state.status !== 'running') return null
  const attempt = attemptOf(context, run, index, state)
  const adapter = context.adapterFor(run, attempt.spec)
  const attachment = await adapter.attach(attempt, (result) => found.report(attempt, result))
  if (attachment === 'unclaimed') adapter.start(attempt, (result) => found.report(attempt, result))
  if (attachment === 'lost') found.lost(attempt)
  return attachment
}
