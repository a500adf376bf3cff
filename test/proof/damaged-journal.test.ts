import { expect, test } from 'vitest'
import { cutAt, filesOf, type Files, flipped, opened, parts, Workbench } from '../../demo/support/damage.ts'
import { Random } from '../support/random.ts'
import { acknowledgedStates, goOn, type State } from './acknowledged-states.ts'
import { long, report, seed } from './size.ts'

const { shapes, records } = acknowledgedStates()
const timeout = 3_600_000

type Tally = { places: number; recovered: number; refused: number; wrong: string[] }

/**
 * Opens damaged files; what is read must be one of the contents that are true, or it must be refused with a clear
 * message. Whether it was read.
 */
function judge(bench: Workbench, files: Files, truths: readonly string[], where: string, tally: Tally): boolean {
  tally.places++
  const folder = bench.lay(files)
  const result = opened(folder)
  if ('unclear' in result) tally.wrong.push(`${where}: ${String(result.unclear)}`)
  else if ('refused' in result) {
    tally.refused++
    if (changedBy(folder, files)) tally.wrong.push(`${where}: refused, but the files were changed`)
  } else if (truths.includes(result.content)) {
    tally.recovered++
    return true
  } else tally.wrong.push(`${where}: read as something that never was`)
  return false
}

/** What a journal holds once the next holder has worked with it. */
function contentLater(folder: string): string {
  goOn(folder)
  const result = opened(folder)
  return 'content' in result ? result.content : String('refused' in result ? result.refused : result.unclear)
}

/** What is refused must be there as it was, for whoever looks into it. */
function changedBy(folder: string, files: Files): boolean {
  const now = filesOf(folder)
  return parts.some((part) => files[part] !== null && now[part]?.equals(files[part]) !== true)
}

/** Every place when the campaign is long; else the first and last few, and some between. */
function places(from: number, to: number, random: Random, few: number): number[] {
  const all = Array.from({ length: to - from + 1 }, (_, index) => from + index)
  if (long || all.length <= few) return all
  const between = Array.from({ length: few - 6 }, () => from + random.below(to - from))
  return [...new Set([...all.slice(0, 3), ...between, ...all.slice(-3)])]
}

const sizeOf = ({ files }: State): number => files['orchd.db-wal']?.length ?? 0
const endOf = (state: State, before: State): number =>
  sizeOf(state) === sizeOf(before) ? lastDifference(state, before) : sizeOf(state)

/** A log that is begun anew keeps its size: its end is where it differs from how it was. */
function lastDifference(state: State, before: State): number {
  const [now, then] = [state.files['orchd.db-wal']!, before.files['orchd.db-wal']!]
  for (let at = now.length; at > 0; at--) if (now[at - 1] !== then[at - 1]) return at
  return 0
}

test(
  `seed ${seed}: cut anywhere in the last three records, an acknowledged one is never missed in silence`,
  { timeout },
  () => {
    using bench = new Workbench()
    const random = new Random(seed)
    const tally: Tally = { places: 0, recovered: 0, refused: 0, wrong: [] }
    const crashed: Tally = { places: 0, recovered: 0, refused: 0, wrong: [] }
    for (let back = 3; back >= 1; back--) {
      const [before, state] = [records.at(-back - 1)!, records.at(-back)!]
      const [from, to] = [endOf(before, records.at(-back - 2)!), endOf(state, before)]
      for (const bytes of places(from, to, random, 40)) {
        const files = cutAt(state.files, 'orchd.db-wal', bytes)
        judge(bench, files, [state.content], `${state.name}, cut at ${bytes}`, tally)
        // The process died in this commit: nobody was told of it, and the note is that of the commit before.
        const unacknowledged = { ...files, 'orchd.db-seq': before.files['orchd.db-seq'] }
        judge(bench, unacknowledged, [before.content, state.content], `${state.name}, died at ${bytes}`, crashed)
      }
    }
    report('journal cuts', { acknowledged: tally, died: crashed })
    expect([...tally.wrong, ...crashed.wrong]).toEqual([])
    expect(tally.refused).toBeGreaterThan(0)
    expect(crashed.recovered).toBe(crashed.places)
  },
)

test(`seed ${seed}: a database that was cut is refused`, { timeout }, () => {
  using bench = new Workbench()
  const random = new Random(seed)
  const tally: Tally = { places: 0, recovered: 0, refused: 0, wrong: [] }
  for (const { name, files, content } of shapes) {
    const size = files['orchd.db']!.length
    const cuts = new Set([
      0,
      1,
      99,
      100,
      size - 1,
      ...Array.from({ length: long ? 500 : 10 }, () => random.below(size)),
    ])
    for (const bytes of cuts)
      judge(bench, cutAt(files, 'orchd.db', bytes), [content], `${name}, cut at ${bytes}`, tally)
  }
  report('database cuts', tally)
  expect(tally.wrong).toEqual([])
  expect(tally.refused).toBeGreaterThan(0)
})

test(`seed ${seed}: a flipped byte is noticed, or changes nothing that is read`, { timeout }, () => {
  using bench = new Workbench()
  const random = new Random(seed)
  const tally: Tally = { places: 0, recovered: 0, refused: 0, wrong: [] }
  const expectedLater = new Map(shapes.map(({ name, files }) => [name, contentLater(bench.lay(files))]))
  for (let round = 0; round < (long ? 10_000 : 300); round++) {
    const { name, files, content } = random.pick(shapes)
    const largest = files['orchd.db-wal'] === null || random.chance(0.5) ? 'orchd.db' : 'orchd.db-wal'
    const part = random.chance(0.05) ? 'orchd.db-seq' : largest
    const at = random.below(files[part]!.length)
    const mask = 1 + random.below(255)
    const where = `${name}, ${part}, byte ${at}, mask ${mask}`
    if (!judge(bench, flipped(files, part, at, mask), [content], where, tally) || (!long && round % 4 > 0)) continue
    // It may have been in a place that only matters to who writes.
    const later = contentLater(bench.folder)
    if (later !== expectedLater.get(name)) tally.wrong.push(`${where}: wrong once it was written to: ${later}`)
  }
  report('journal flips', tally)
  expect(tally.wrong).toEqual([])
  expect(tally.refused).toBeGreaterThan(0)
})
