import { listAt, stepName, type StepOutline } from './outline.ts'
import type { StepGraph } from './graph.ts'
import type { CheckContext } from './steps.ts'

/** Enough to see what is wrong; a plan of 1,000 steps that all write everywhere has half a million. */
const mostWarnings = 50
/** 1,000 steps with a glob each that starts with a wildcard are half a million pairs. */
const mostComparisons = 500_000

type Write = {
  readonly step: StepOutline
  readonly at: number
  readonly glob: string
  readonly prefix: string
  readonly globs: readonly string[]
}

/** Warns where two steps that may run at the same time say that they write the same files. */
export function checkWrites(graph: StepGraph, { outline, document, report }: CheckContext): void {
  const writers = outline.steps.filter(({ raw }) => 'writes' in raw)
  const writes = writers.flatMap((step) =>
    listAt(step.raw['writes']).flatMap((glob, at) =>
      typeof glob === 'string' ? [{ step, at, glob, prefix: prefixOf(glob), globs: expanded(glob) }] : [],
    ),
  )
  // Sorted by what stands before the first wildcard, everything that can overlap with a glob follows it at once.
  const sorted = writes.toSorted((a, b) => (a.prefix < b.prefix ? -1 : a.prefix > b.prefix ? 1 : 0))
  const pairs = new Set<string>()
  let comparisons = 0
  for (const [index, one] of sorted.entries()) {
    for (let next = index + 1; sorted[next]?.prefix.startsWith(one.prefix) === true; next++) {
      if (pairs.size >= mostWarnings || ++comparisons > mostComparisons) return
      const other = sorted[next]! // the loop's condition has seen it
      const [first, second] = inOrder(one, other)
      const key = `${first.step.id} ${second.step.id}`
      if (!mayMatchTheSame(first, second) || pairs.has(key) || !mayRunTogether(first.step, second.step, graph)) continue
      pairs.add(key)
      const span = document.valueSpan([...second.step.path, 'writes', second.at])
      const message = `${stepName(second.step)} and ${stepName(first.step)} may run at the same time, and both write "${second.glob}"`
      const text = first.glob === second.glob ? message : `${message} ("${first.glob}")`
      report('WRITES_OVERLAP', span, text, {
        severity: 'warning',
        help: 'let one depend on the other, or part the files',
      })
    }
  }
}

function inOrder(a: Write, b: Write): readonly [Write, Write] {
  const place = ({ step }: Write): number => (step.phase === 'finally' ? 1e6 : 0) + Number(step.path[1])
  return place(a) <= place(b) ? [a, b] : [b, a]
}

const mayRunTogether = (a: StepOutline, b: StepOutline, graph: StepGraph): boolean =>
  a !== b &&
  a.phase === b.phase &&
  a.id !== null &&
  b.id !== null &&
  graph.isAncestor(a.id, b.id) === false &&
  graph.isAncestor(b.id, a.id) === false

const wildcard = /[*?[{]/

const prefixOf = (glob: string): string => (wildcard.test(glob) ? glob.slice(0, glob.search(wildcard)) : glob)

/** By what stands before the first wildcard and behind the last one: right for the globs that people write. */
const mayMatchTheSame = (a: Write, b: Write): boolean =>
  a.globs.some((one) => b.globs.some((other) => mayOverlap(one, other)))

function mayOverlap(a: string, b: string): boolean {
  const [prefixA, prefixB] = [prefixOf(a), prefixOf(b)]
  if (!prefixA.startsWith(prefixB) && !prefixB.startsWith(prefixA)) return false
  if (prefixA === a && prefixB === b) return a === b
  const [suffixA, suffixB] = [suffixOf(a), suffixOf(b)]
  return suffixA.endsWith(suffixB) || suffixB.endsWith(suffixA)
}

/** What every match ends with; of a path without wildcards the whole. */
const suffixOf = (glob: string): string =>
  glob.slice(Math.max(glob.lastIndexOf('*'), glob.lastIndexOf('?'), glob.lastIndexOf(']')) + 1)

const mostExpanded = 64

/** `{src,test}/api/**` as the two globs that it means; the rest of very many is left out. */
function expanded(glob: string): readonly string[] {
  let globs = [glob]
  for (let at = 0; at < globs.length;) {
    const group = /\{([^{}]*)\}/.exec(globs[at]!)
    if (group === null || globs.length > mostExpanded) {
      at++
      continue
    }
    const [whole, list = ''] = group
    const [before, after] = [globs[at]!.slice(0, group.index), globs[at]!.slice(group.index + whole.length)]
    globs = [...globs.slice(0, at), ...list.split(',').map((one) => before + one + after), ...globs.slice(at + 1)]
  }
  return globs
}
