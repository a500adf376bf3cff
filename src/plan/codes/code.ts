/** What `orchd explain CODE` and docs/diagnostics.md tell about a diagnostic. */
export type Code = {
  readonly title: string
  /** Why it is a mistake, and what to do about it. */
  readonly explanation: string
  /** A plan that has exactly this mistake, and the same plan without it; `null` where none can be shown on a page. */
  readonly example: { readonly wrong: Example; readonly right: Example } | null
}

export type Example = {
  readonly plan: string
  /** Other files of the project, by path. */
  readonly files?: { readonly [path: string]: string }
  /** What is given with `--input`. */
  readonly inputs?: { readonly [name: string]: string }
  /** The mistake is only one when the plan is to be run. */
  readonly forRun?: true
}

/** An example of some steps: the plan around them is the same everywhere. */
export const stepsExample = (wrong: string, right: string): Code['example'] => ({
  wrong: { plan: withSteps(wrong) },
  right: { plan: withSteps(right) },
})

export const planExample = (wrong: string, right: string): Code['example'] => ({
  wrong: { plan: dedented(wrong) },
  right: { plan: dedented(right) },
})

export const withSteps = (steps: string): string =>
  `name: example\nsteps:\n${dedented(steps).replaceAll(/^(?=.)/gm, '  ')}`

/** The text without the indentation of its first line, ending in one newline. */
export function dedented(text: string): string {
  const lines = text.replace(/^\n/, '').trimEnd().split('\n')
  const indent = /^ */.exec(lines[0] ?? '')?.[0].length ?? 0
  return `${lines.map((line) => line.slice(Math.min(indent, line.length - line.trimStart().length))).join('\n')}\n`
}
