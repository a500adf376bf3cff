import type { RunFact } from '../../../ports/client.ts'
import type { RunResponse } from '../../../ports/response.ts'
import type { CliDeps } from '../deps.ts'
import { mayRedraw, paletteFor } from '../view/palette.ts'
import { applyFact } from '../view/apply-fact.ts'
import { viewOf } from '../view/view-of.ts'
import { type RunView, seemsToWait } from '../view/run-view.ts'
import { type Display, jsonDisplay, plainDisplay } from './display.ts'
import { followFacts } from './facts.ts'
import { isInForeground } from './foreground.ts'
import type { Answer } from './gate-prompt.ts'
import { type Interrupts, type Stopped, watchInterrupts } from './interrupts.ts'
import { LastLines } from './last-lines.ts'
import { liveDisplay } from './live-display.ts'
import { askAtTerminal, type Questions } from './questions.ts'
import type { Session } from './session.ts'

export type WatchOptions = {
  readonly json: boolean
  /** Stop when only people can move the run. */
  readonly noWait: boolean
  /** Tell everything, or only what comes from now on. */
  readonly fromStart: boolean
  /** "From now on" is from this state on; default: as the run is when watching begins. */
  readonly since?: RunResponse
  /** For plain lines, when several runs are watched at once. */
  readonly label?: string
  /** Plain lines even on a terminal. */
  readonly plain?: boolean
}

/** How watching ended: with the run as it is then, and `stopped` when the person or a signal ended it before the run did. */
export type Watched = { readonly response: RunResponse; readonly stopped: Stopped | null }

/** Shows a run until it is finished, waits for people (`noWait`), or the person leaves. */
export async function watchRun(deps: CliDeps, session: Session, run: string, options: WatchOptions): Promise<Watched> {
  const first = options.since ?? (await session.client.run(run))
  const view = viewOf(first, options)
  let screen: Screen | null = null
  using interrupts = watchInterrupts(deps, session, first.run_id, (text) => screen?.display.note(text))
  screen = openScreen(deps, session, view, interrupts, options)
  try {
    screen.changed()
    await follow(session, view, screen, interrupts, options, first)
  } finally {
    screen.close()
  }
  const stopped = interrupts.stopped()
  return {
    response: stopped === null ? await session.client.run(view.runId) : await lastKnown(session, first),
    stopped,
  }
}

async function follow(
  session: Session,
  view: RunView,
  screen: Screen,
  interrupts: Interrupts,
  { fromStart, noWait }: WatchOptions,
  first: RunResponse,
): Promise<void> {
  const stop = new AbortController()
  const signal = AbortSignal.any([interrupts.signal, stop.signal])
  let last = fromStart ? null : first.last_event_id
  const show = (fact: RunFact): void => {
    last = fact.id
    applyFact(view, fact)
    screen.display.fact(view, fact)
    screen.fact(fact)
    screen.changed()
  }
  try {
    let waits = noWait && (await onlyPeople(session, view))
    if (!waits) {
      for await (const fact of followFacts(session, view.runId, last, signal)) {
        show(fact)
        waits = noWait && (await onlyPeople(session, view))
        if (waits) break
      }
    }
    // The holder is further than what was told so far: another gate may have opened behind this one.
    if (waits) for await (const fact of session.client.eventsSoFar(view.runId, last, signal)) show(fact)
  } finally {
    stop.abort()
  }
}

/** The run as it is now, or as it was, when its holder does not answer any more. */
async function lastKnown(session: Session, first: RunResponse): Promise<RunResponse> {
  try {
    return await session.client.run(first.run_id)
  } catch {
    return first
  }
}

/** Asks the holder before it believes the picture: conditions that are still to be evaluated do not show in it. */
async function onlyPeople(session: Session, view: RunView): Promise<boolean> {
  if (!seemsToWait(view)) return false
  const { status, waiting_for: who, waiting } = await session.client.run(view.runId)
  return status === 'waiting' && (who === 'people' || who === 'budget' || waiting?.needs_person === true)
}

type Screen = {
  readonly display: Display
  fact: LastLines['fact']
  changed(): void
  close(): void
}

function openScreen(
  deps: CliDeps,
  session: Session,
  view: RunView,
  interrupts: Interrupts,
  options: WatchOptions,
): Screen {
  const { stdin, stdout, stderr, env } = deps
  const paint = paletteFor(stderr, env)
  const still = { fact() {}, changed() {} }
  if (options.json) return withClose({ display: jsonDisplay(stdout, stderr), ...still })
  if (options.plain === true || !mayRedraw(stderr, env) || !isInForeground()) {
    return withClose({ display: plainDisplay(stderr, paint, options.label), ...still })
  }
  let questions: Questions | null = null
  const lastLines = new LastLines(
    () => session.client,
    (agent) => deps.readable(agent),
    () => display.changed(),
  )
  const display = liveDisplay({
    stderr,
    paint,
    view,
    lastLines: lastLines.lines,
    prompt: () => questions?.prompt() ?? null,
  })
  lastLines.begin(view)
  if (stdin.isTTY === true) {
    questions = askAtTerminal(stdin, view, {
      answer: (answer) => send(session, view, answer, display),
      changed: () => display.changed(),
      interrupt: () => interrupts.interrupt(),
      suspended: () => display.pause(),
      resumed: () => display.changed(),
    })
  }
  return {
    display,
    fact: (fact) => lastLines.fact(fact),
    changed: () => questions?.update(),
    close() {
      questions?.close()
      lastLines.close()
      display.close()
    },
  }
}

const withClose = (screen: Omit<Screen, 'close'>): Screen => ({ ...screen, close: () => screen.display.close() })

async function send(session: Session, { runId }: RunView, answer: Answer, display: Display): Promise<void> {
  const { step, choice, comment, tree } = answer
  try {
    if (choice === 'approve' || choice === 'reject') {
      const bound = tree === null ? {} : { tree }
      await session.client.decideGate(runId, step, { decision: choice, by: session.person, comment, ...bound })
    } else await session.client.decideLost(runId, step, choice, session.person)
  } catch (error) {
    display.note(`${step}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
