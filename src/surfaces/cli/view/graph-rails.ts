/** What is drawn: an id, what it waits for, and what stands beside it. */
export type RailStep = { readonly id: string; readonly dependsOn: readonly string[]; readonly label: string }

/** More rails than this are no picture any more. */
const mostRails = 40

/**
 * Steps as lines, one below the other, with rails from each to those that wait for it; `null` when there would be too
 * many rails side by side. Steps must come after what they depend on.
 *
 *     ● find
 *     ├─╮
 *     ● │ fix
 *     │ ● test
 *     ├─╯
 *     ● join
 */
export function railLines(steps: readonly RailStep[]): readonly string[] | null {
  const dependents = new Map<string, string[]>()
  for (const { id, dependsOn } of steps)
    for (const need of dependsOn) dependents.set(need, [...(dependents.get(need) ?? []), id])
  /** For each rail the step that it leads to; `null`: it is free. */
  const rails: (string | null)[] = []
  const lines: { readonly rails: string; readonly label: string }[] = []
  for (const { id, label } of steps) {
    const incoming = [...rails.keys()].filter((at) => rails[at] === id)
    const at = incoming[0] ?? freeRail(rails)
    if (incoming.length > 1) lines.push({ rails: bow(rails, at, incoming.slice(1), '╯'), label: '' })
    for (const one of incoming) rails[one] = null
    rails[at] = id
    lines.push({ rails: rails.map((to, rail) => (rail === at ? '●' : to === null ? ' ' : '│')).join(' '), label })
    const [first, ...others] = dependents.get(id) ?? []
    rails[at] = first ?? null
    const opened = others.map((to) => {
      const rail = freeRail(rails)
      rails[rail] = to
      return rail
    })
    if (opened.length > 0) lines.push({ rails: bow(rails, at, opened, '╮'), label: '' })
    while (rails.at(-1) === null) rails.pop()
    if (rails.length > mostRails) return null
  }
  const width = Math.max(...lines.map((line) => line.rails.length))
  return lines.map((line) => `${line.rails.padEnd(width)} ${line.label}`.trimEnd())
}

/** The first free rail, or a new one. */
function freeRail(rails: readonly (string | null)[]): number {
  const free = rails.indexOf(null)
  return free < 0 ? rails.length : free
}

/** A line that joins the rail of a step with others, right or left of it. */
function bow(rails: readonly (string | null)[], at: number, others: readonly number[], corner: '╯' | '╮'): string {
  const [from, to] = [Math.min(at, ...others), Math.max(at, ...others)]
  const left = corner === '╯' ? '╰' : '╭'
  const between = corner === '╯' ? '┴' : '┬'
  const count = Math.max(rails.length, to + 1)
  const cells = Array.from({ length: count }, (_, rail) => {
    const inside = rail >= from && rail <= to
    const joins = others.includes(rail)
    if (rail === at) return at === from ? '├' : at === to ? '┤' : '┼'
    if (joins) return rail === from ? left : rail === to ? corner : between
    if ((rails[rail] ?? null) !== null) return inside ? '┼' : '│'
    return inside ? '─' : ' '
  })
  return cells
    .map((cell, rail) => cell + (rail >= from && rail < to ? '─' : ' '))
    .join('')
    .trimEnd()
}
