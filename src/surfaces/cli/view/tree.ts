import { formatDuration } from '../../../base/duration.ts'
import type { Instant } from '../../../base/ids.ts'
import type { Palette } from './palette.ts'
import { totalOf, type RunView, type StepView } from './run-view.ts'
import { safeLine } from './safe-text.ts'
import { standstillWords } from './standstill.ts'
import { detailOf, markOf } from './step-line.ts'
import { columnsOf, cutToColumns, padColumns } from './width.ts'

export type Screen = { readonly rows: number; readonly columns: number }
export type TreeOptions = {
  readonly now: Instant
  readonly screen: Screen
  readonly paint: Palette
  /** The last line that a running step printed, by step. */
  readonly lastLines?: ReadonlyMap<string, string>
}

const maxIndent = 8
const maxIdColumns = 40

/**
 * The run as lines that fit on the screen: all steps when there is room; otherwise what needs a person, what failed,
 * what runs and what ended last, and the rest as numbers. Never more than `rows` lines of `columns` each.
 */
export function treeLines(view: RunView, options: TreeOptions): string[] {
  const { screen } = options
  const room = Math.max(1, screen.rows - 2)
  const lines = view.steps.length <= room ? wholeTree(view, options, room) : excerpt(view, options, room)
  return [heading(view, options), ...lines, footing(view, options)]
    .slice(-Math.max(1, screen.rows))
    .map((line) => cutToColumns(line, screen.columns))
}

function heading(view: RunView, { now, paint }: TreeOptions): string {
  const name = paint.strong(safeLine(view.plan, 80))
  const since = formatDuration(Math.max(0, (view.finishedAt ?? now) - view.submittedAt))
  return `${name} ${paint.faint(view.runId)} ${since}${view.simulated ? paint.asks(' simulated') : ''}`
}

/** Counts of what there is, in words; what there is none of is left out. */
export function footing(view: RunView, { paint }: Pick<TreeOptions, 'paint'>): string {
  const { counts, failed, cancelled, skipped } = view
  const parts = [
    ...part(failed, 'failed', paint.bad),
    ...part(cancelled, 'cancelled', paint.bad),
    ...part(skipped, 'skipped', paint.faint),
    ...part(counts.running, 'running', paint.busy),
    ...part(counts.retrying, 'retrying', paint.asks),
    ...part(counts.queued, 'queued'),
    ...part(
      counts.gated + counts.held,
      counts.gated + counts.held === 1 ? 'waits for you' : 'wait for you',
      paint.asks,
    ),
    ...(view.standstill === null ? [] : [paint.asks(standstillWords(view.standstill))]),
    ...(view.finishedAt === null && view.cancels > 0 ? [paint.asks('cancelling')] : []),
  ]
  return [`${counts.finished} of ${totalOf(view)} done`, ...parts].join(paint.faint(' · '))
}

const part = (amount: number, word: string, color?: (text: string) => string): string[] =>
  amount === 0 ? [] : [color === undefined ? `${amount} ${word}` : color(`${amount} ${word}`)]

function wholeTree(view: RunView, options: TreeOptions, room: number): string[] {
  const indents = indentsOf(view)
  const width = idColumns(view.steps, (step) => indents.get(step.id) ?? 0)
  let spare = room - view.steps.length
  return view.steps.flatMap((step) => {
    const indent = indents.get(step.id) ?? 0
    const line = stepLine(view, step, options, { indent, width })
    const last = step.shown.status === 'running' ? options.lastLines?.get(step.id) : undefined
    if (last === undefined || last === '' || spare === 0) return [line]
    spare--
    return [line, options.paint.faint(`${' '.repeat(indent + 4)}${safeLine(last, 200)}`)]
  })
}

function excerpt(view: RunView, options: TreeOptions, room: number): string[] {
  const asks: StepView[] = []
  const failed: StepView[] = []
  const moving: StepView[] = []
  const done: StepView[] = []
  for (const step of view.steps) {
    const { shown } = step
    if (shown.status === 'gated' || shown.status === 'held' || shown.status === 'paused') asks.push(step)
    else if (shown.status === 'running' || shown.status === 'retrying') moving.push(step)
    else if (shown.status === 'finished' && shown.outcome === 'success') done.push(step)
    else if (shown.status === 'finished' && shown.outcome !== 'skip') failed.push(step)
  }
  const share = Math.max(1, Math.floor(room / 4))
  const chosen = new Set([...asks.slice(0, share), ...lastEnded(failed, share)])
  for (const step of moving.slice(0, room - chosen.size)) chosen.add(step)
  for (const step of lastEnded(done, room - chosen.size)) chosen.add(step)
  const shown = view.steps.filter((step) => chosen.has(step)).slice(0, room)
  const width = idColumns(shown, () => 0)
  return shown.map((step) => stepLine(view, step, options, { indent: 0, width }))
}

function lastEnded(steps: readonly StepView[], most: number): readonly StepView[] {
  return most <= 0 ? [] : steps.toSorted((a, b) => endedAt(b) - endedAt(a)).slice(0, most)
}

const endedAt = ({ shown }: StepView): number => (shown.status === 'finished' ? shown.finishedAt : 0)

/** One step on one line, as `status` shows it too. */
export function stepLine(
  view: RunView,
  step: StepView,
  { now, paint }: Pick<TreeOptions, 'now' | 'paint'>,
  place: { readonly indent: number; readonly width: number },
): string {
  const id = padColumns(cutToColumns(nameOf(step), maxIdColumns), place.width - place.indent)
  const detail = `${detailOf(view, step, now, paint)}${paint.asks(overlapNote(step))}`
  return `${' '.repeat(place.indent)} ${markOf(step, paint)} ${id}  ${detail}`.trimEnd()
}

function overlapNote({ overlaps }: StepView): string {
  const notes = Array.from(
    overlaps,
    ([other, files]) => `${safeLine(files[0] ?? 'files', 80)} also changed by ${other}`,
  )
  return notes.length === 0 ? '' : `  ${notes.slice(0, 2).join(', ')}`
}

/** All steps, whatever the size of a screen. */
export function allStepLines(view: RunView, options: Pick<TreeOptions, 'now' | 'paint'>): string[] {
  const indents = indentsOf(view)
  const width = idColumns(view.steps, (step) => indents.get(step.id) ?? 0)
  return view.steps.map((step) => stepLine(view, step, options, { indent: indents.get(step.id) ?? 0, width }))
}

/** The id of a step, and what tells it from the other instances of its matrix. */
const nameOf = ({ id, label }: StepView): string => (label === null ? id : `${id} (${safeLine(label, 80)})`)

/**
 * A step stands two columns right of the deepest step that it needs, or of the one that it is inside of, so that the
 * shape of the plan can be seen.
 */
function indentsOf(view: RunView): ReadonlyMap<string, number> {
  const indents = new Map<string, number>()
  const indentOf = ({ dependsOn, inside }: StepView): number => {
    const around = [...dependsOn, ...(inside === null ? [] : [inside])]
    return around.length === 0 ? 0 : Math.min(maxIndent, Math.max(...around.map((id) => indents.get(id) ?? 0)) + 2)
  }
  // A plan may name a step before the ones that it needs; `maxIndent` bounds how often depths can still change.
  for (let round = 0; round <= maxIndent; round++) {
    const before = [...indents.values()].join()
    for (const step of view.steps) indents.set(step.id, indentOf(step))
    if ([...indents.values()].join() === before) break
  }
  return indents
}

const idColumns = (steps: readonly StepView[], indent: (step: StepView) => number): number =>
  Math.max(0, ...steps.map((step) => indent(step) + Math.min(maxIdColumns, columnsOf(nameOf(step)))))
