import type { Clock } from '../ports/clock.ts'
import type { Outbox } from './outbox.ts'

export type Pace = {
  /** How long events gather after the first of them, before they are read. */
  readonly gatherMs: number
  /** The wait after a failure; it doubles from the first to the second. */
  readonly backoffMs: readonly [number, number]
}

/** Rung by the engine when the journal has grown. One listener; a ring that nobody waits for is kept. */
export class Bell {
  rung = false
  listener: (() => void) | null = null

  ring(): void {
    this.rung = true
    this.listener?.()
  }
}

type Parts = {
  readonly outbox: Outbox
  readonly clock: Clock
  readonly bell: Bell
  readonly pace: Pace
  /** Called when sending begins to fail, and not again before it has worked. */
  readonly onTrouble: () => void
  /** Called when something is about to be sent, after a rest. */
  readonly onStir: () => void
  /** Called when there was nothing to send for a while. */
  readonly onQuiet: () => void
}

/** No commit is likely to follow soon after this long without one. */
const quietMs = 5000

/**
 * Empties the outbox whenever the bell rings, until `signal` aborts; then sends what is left, unless the receiver is
 * known to be away: what it did not take waits in the journal. `halt` ends it at once.
 */
export async function pump(parts: Parts, signal: AbortSignal, halt: AbortSignal): Promise<void> {
  const { outbox, clock, bell, pace, onTrouble, onStir, onQuiet } = parts
  const [firstMs, maxMs] = pace.backoffMs
  let backoffMs = firstMs
  let troubled = false
  const gather = async (): Promise<void> => {
    onStir()
    await sleep({ ms: pace.gatherMs, clock, signal })
  }
  // What an earlier holder left may be the events of long runs, which are folded again: the work of this one comes first.
  await sleep({ ms: pace.gatherMs, clock, signal, bell })
  if (bell.rung) await gather()
  for (;;) {
    const last = signal.aborted // what was committed before the end is read once more
    bell.rung = false // before the journal is read, or a ring might be missed
    const outcome = await outbox.advance(halt)
    if (outcome === 'sent') {
      backoffMs = firstMs
      troubled = false
    } else if (outcome === 'failed') {
      if (!troubled) onTrouble()
      troubled = true
      await sleep({ ms: jittered(backoffMs, clock), clock, signal })
      if (signal.aborted) return
      backoffMs = Math.min(backoffMs * 2, maxMs)
    } else if (last) return
    else {
      await sleep({ ms: quietMs, clock, signal, bell })
      if (!bell.rung && !signal.aborted) onQuiet()
      await sleep({ ms: null, clock, signal, bell })
      await gather()
    }
  }
}

/** Up to a fifth less, so that the holders of several state folders do not come back together. */
const jittered = (ms: number, clock: Clock): number => ms - clock.random(Math.floor(ms / 5) + 1)

/** Until `ms` have passed (`null`: without end), `signal` aborts, or the bell rings, if it is listened to. */
function sleep(until: { ms: number | null; clock: Clock; signal: AbortSignal; bell?: Bell }): Promise<void> {
  const { ms, clock, signal, bell } = until
  return new Promise((resolve) => {
    if (signal.aborted || bell?.rung === true) return resolve()
    const timer = ms === null ? null : clock.at(clock.now() + ms, () => done())
    const done = (): void => {
      timer?.cancel()
      signal.removeEventListener('abort', done)
      if (bell !== undefined) bell.listener = null
      resolve()
    }
    signal.addEventListener('abort', done)
    if (bell !== undefined) bell.listener = done
  })
}
