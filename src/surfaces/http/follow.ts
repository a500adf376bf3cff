import { setImmediate as nextTurn } from 'node:timers/promises'
import { OrchdError } from '../../base/errors.ts'
import type { RunId } from '../../base/ids.ts'
import type { Committed } from '../../ports/observer.ts'
import { factsOf, type Fact } from '../../run/facts.ts'
import { reduce } from '../../run/reduce.ts'
import type { RunState } from '../../run/state.ts'
import type { HttpDeps } from './deps.ts'
import { Subscription } from './subscription.ts'

/** A place in a run's facts: the `k`th of what event `seq` told. */
export type Position = { readonly seq: number; readonly k: number }

export const start: Position = { seq: 0, k: 0 }

/** `seq.k`. @throws OrchdError USAGE for anything else */
export function positionOf(id: string): Position {
  const [, seq, k] = /^(\d{1,15})\.(\d{1,15})$/.exec(id) ?? []
  if (seq === undefined) throw new OrchdError('USAGE', `"${id}" is not the id of an event, which is like "17.0"`)
  return { seq: Number(seq), k: Number(k) }
}

export type FollowOptions = {
  readonly after: Position
  /** Go on with what comes, until the run is finished. */
  readonly follow: boolean
  readonly signal: AbortSignal
  /** How long nothing may come before an empty list does. */
  readonly idleMs: number
}

/** An event, with the run behind it if somebody has folded it. */
type News = Pick<Committed, 'entry'> & Partial<Committed>

/** So many facts are given at once, and so many events folded before others get a turn. */
const portion = 256

/** While much happens, what is new is told so often: a reader's process would else be woken for every step. */
const gatherMs = 25

/**
 * The facts of a run after a position, in order, each once: first from the journal, then as they come. A reader that
 * is too slow for what comes is sent back to the journal. Ends with the run.
 */
export async function* factsAfter(
  { engine, history }: Pick<HttpDeps, 'engine' | 'history'>,
  runId: RunId,
  { after, follow, signal, idleMs }: FollowOptions,
): AsyncGenerator<readonly Fact[]> {
  using subscription = new Subscription(engine, runId, signal)
  const fromJournal = (): readonly News[] => history(runId, seq).map((entry) => ({ entry }))
  let run: RunState | null = null
  let seq = 0
  // Subscribed first and read in the same turn: what is committed from here on is in the subscription.
  for (let news: readonly News[] = fromJournal(); ; news = subscription.take() ?? fromJournal()) {
    let facts: Fact[] = []
    const toldAt = performance.now()
    for (const [index, { entry, after: folded }] of news.entries()) {
      if (entry.seq <= seq) continue
      const before: RunState | null = run
      run = folded ?? reduce(before, entry)
      seq = entry.seq
      facts.push(...factsBehind(after, factsOf(before, entry, run)))
      if (facts.length >= portion) {
        yield facts
        facts = []
      } else if (index % portion === portion - 1) await nextTurn()
      if (signal.aborted) return
    }
    if (facts.length > 0) yield facts
    if (!follow || run === null || run.phase === 'finished') return
    const waitsFrom = performance.now()
    await subscription.wait(idleMs)
    if (signal.aborted) return
    if (performance.now() - waitsFrom >= idleMs) yield []
    await subscription.gather(toldAt + gatherMs - performance.now())
    if (signal.aborted) return
  }
}

const factsBehind = ({ seq, k }: Position, facts: readonly Fact[]): readonly Fact[] =>
  facts.filter((fact, index) => fact.seq > seq || (fact.seq === seq && index > k))
