import { OrchdError } from '../../../base/errors.ts'
import type { Terminal } from '../deps.ts'
import type { Session } from './session.ts'
import { onStop, type StopReason } from './stop.ts'

/** Why following stopped before the run did. */
export type Stopped = {
  /** `detached`: the run goes on elsewhere; `drained`: only its running steps go on, by themselves. */
  readonly how: 'detached' | 'drained'
  readonly reason: StopReason
}

export type Interrupts = Disposable & {
  /** Aborts when following is to stop. */
  readonly signal: AbortSignal
  readonly stopped: () => Stopped | null
  /** Ctrl-C, when it comes as a key and not as a signal. */
  interrupt(): void
}

/**
 * What Ctrl-C and TERM do to a command that follows `run`. The holder's own Ctrl-C cancels the run, the second kills
 * what is left of it, the third leaves at once. Others leave the run alone.
 */
export function watchInterrupts(
  { stdout }: Pick<Terminal, 'stdout'>,
  session: Session,
  run: string,
  note: (text: string) => void,
): Interrupts {
  const stop = new AbortController()
  let stopped: Stopped | null = null
  let presses = 0

  const leave = (reason: StopReason): void => {
    stopped ??= { how: session.holding ? 'drained' : 'detached', reason }
    stop.abort()
  }
  const cancel = async (): Promise<void> => {
    try {
      await session.client.cancel(run, session.person, presses === 1 ? 'Ctrl-C' : 'Ctrl-C again')
    } catch (error) {
      if (error instanceof OrchdError && error.code === 'RUN_FINISHED') return
      note(`could not cancel: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const interrupt = (): void => {
    presses++
    if (!session.holding || presses > 2) return leave('SIGINT')
    note(
      presses === 1
        ? 'cancelling the run; press Ctrl-C again to kill its steps'
        : 'killing what is left of the run; press Ctrl-C again to leave at once',
    )
    void cancel()
  }
  const watch = onStop(stdout, (reason) => (reason === 'SIGINT' ? interrupt() : leave(reason)))
  return {
    signal: stop.signal,
    stopped: () => stopped,
    interrupt,
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  }
}
