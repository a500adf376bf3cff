import type { RunFact } from '../../../ports/client.ts'
import { isLoss, type Session } from './session.ts'

/** Losses in a row without a single fact between them. */
const mostFruitless = 50

/**
 * The facts of a run after `lastEventId` (`null`: all), to its end, also when the holder changes meanwhile: the stream
 * goes on where it was. Ends early when `signal` aborts.
 */
export async function* followFacts(
  session: Session,
  run: string,
  lastEventId: string | null,
  signal: AbortSignal,
): AsyncGenerator<RunFact, void> {
  let last = lastEventId
  let fruitless = 0
  for (;;) {
    try {
      for await (const fact of session.client.events(run, last, signal)) {
        last = fact.id
        fruitless = 0
        yield fact
      }
      if (signal.aborted || (await session.client.run(run)).finished_at !== null) return
    } catch (error) {
      if (signal.aborted) return
      if (!isLoss(error) || ++fruitless > mostFruitless) throw error
    }
    // The stream ended before the run did: the holder is draining, or gone.
    await session.rejoin(run)
  }
}
