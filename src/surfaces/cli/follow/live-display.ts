import type { Output } from '../deps.ts'
import type { Palette } from '../view/palette.ts'
import type { RunView } from '../view/run-view.ts'
import { treeLines } from '../view/tree.ts'
import { cutToColumns } from '../view/width.ts'
import type { Display } from './display.ts'
import { Frame } from './frame.ts'
import { type Prompt, promptLines } from './gate-prompt.ts'

export type LiveDisplay = Display & {
  /** Something else than a fact changed: a typed key, a line of a log. */
  changed(): void
  /** Leaves the terminal to somebody else; the next change is drawn below. */
  pause(): void
}

export type LiveOptions = {
  readonly stderr: Output
  readonly paint: Palette
  readonly view: RunView
  readonly lastLines: ReadonlyMap<string, string>
  /** The question that a person can answer now. */
  prompt(): Prompt | null
}

const betweenDrawsMs = 100
const tickMs = 1000

/** The run as a tree that redraws itself: on change, ten times a second at most, and each second while time counts. */
export function liveDisplay(options: LiveOptions): LiveDisplay {
  const { stderr, paint, view } = options
  const frame = new Frame(stderr)
  let waiting: NodeJS.Timeout | null = null
  let drawnAt = 0
  let closed = false

  const lines = (): string[] => {
    const { rows, columns } = frame.screen
    const prompt = options.prompt()
    const below = prompt === null ? [] : promptLines(view, prompt, paint).map((line) => cutToColumns(line, columns))
    const screen = { rows: Math.max(1, rows - below.length), columns }
    return [...treeLines(view, { now: Date.now(), screen, paint, lastLines: options.lastLines }), ...below]
  }
  const draw = (): void => {
    waiting = null
    drawnAt = Date.now()
    frame.draw(lines())
  }
  const changed = (): void => {
    if (!closed) waiting ??= setTimeout(draw, Math.max(0, drawnAt + betweenDrawsMs - Date.now()))
  }
  const resized = (): void => frame.redraw(lines())
  const tick = setInterval(() => {
    if (view.finishedAt === null) changed()
  }, tickMs)
  stderr.on('resize', resized)
  changed()

  return {
    changed,
    pause: () => frame.close(),
    fact: changed,
    note(text) {
      frame.print(text)
    },
    close() {
      if (closed) return
      closed = true
      clearInterval(tick)
      if (waiting !== null) clearTimeout(waiting)
      stderr.removeListener('resize', resized)
      frame.draw(lines())
      frame.close()
    },
  }
}
