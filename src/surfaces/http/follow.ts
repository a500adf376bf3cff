import type { RunId } from '../../base/ids.ts'
import type { Engine } from '../../ports/engine.ts'
import { factsOf, type Fact } from '../../run/facts.ts'
import type { JournalEvent } from '../../run/event.ts'
import { reduce } from '../../run/reduce.ts'
import type { RunState } from '../../run/state.ts'

export type FollowSource = {
  readonly engine: Pick<Engine, 'observe'>
  /** All events of a run, in order. */
  history(runId: RunId): readonly JournalEvent[]
}

type Position = { readonly seq: number; readonly k: number }

/** Above this many events that wait for a slow reader they are dropped, and read from the journal again. */
const mostWaiting = 4096

/**
 * The facts of a run behind `lastEventId`, in order and without a gap: first those of the journal, then as they come.
 * Ends when the run is finished, at once when `follow` is false.
 */
export async function* factsFrom(
  source: FollowSource,
  runId: RunId,
  options: { readonly lastEventId: string | null; readonly follow: boolean; readonly signal: AbortSignal },
): AsyncGenerator<Fact> {
  const { lastEventId, follow, signal } = options
  const live = listen(source.engine, runId, signal)
  let from = positionOf(lastEventId)
  let run: RunState | null = null
  try {
    for (;;) {
      run = null
      for (const entry of source.history(runId)) {
        const before: RunState | null = run
        run = reduce(before, entry)
        if (entry.seq < from.seq) continue
        yield* behind(factsOf(before, entry, run), from)
        from = { seq: entry.seq, k: Number.MAX_SAFE_INTEGER }
      }
      while (follow && run !== null && run.phase !== 'finished' && !signal.aborted) {
        const entries = await live.next()
        if (entries === 'overrun') break
        for (const entry of entries) {
          if (entry.seq <= from.seq) continue
          const before: RunState = run
          run = reduce(before, entry)
          yield* factsOf(before, entry, run)
          from = { seq: entry.seq, k: Number.MAX_SAFE_INTEGER }
        }
      }
      if (!follow || run === null || run.phase === 'finished' || signal.aborted) return
    }
  } finally {
    live.close()
  }
}

const behind = (facts: readonly Fact[], from: Position): readonly Fact[] =>
  facts.filter((fact, k) => fact.seq > from.seq || k > from.k)

/** `seq.k`; anything else is the beginning. */
function positionOf(id: string | null): Position {
  const [, seq, k] = /^(\d{1,15})\.(\d{1,15})$/.exec(id ?? '') ?? []
  return seq === undefined ? { seq: 0, k: -1 } : { seq: Number(seq), k: Number(k) }
}

type Live = { next(): Promise<readonly JournalEvent[] | 'overrun'>; close(): void }

/** What is committed of a run from now on, gathered until somebody asks. */
function listen(engine: Pick<Engine, 'observe'>, runId: RunId, signal: AbortSignal): Live {
  let waiting: JournalEvent[] = []
  let overrun = false
  let wake = (): void => {}
  const stop = engine.observe((batch) => {
    for (const { entry } of batch) if (entry.runId === runId) waiting.push(entry)
    if (waiting.length > mostWaiting) {
      overrun = true
      waiting = []
    }
    if (waiting.length > 0 || overrun) wake()
  })
  signal.addEventListener('abort', () => wake(), { once: true })
  return {
    async next() {
      if (waiting.length === 0 && !overrun && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve))
      const taken = overrun ? ('overrun' as const) : waiting
      waiting = []
      overrun = false
      return taken
    },
    close: stop,
  }
}
