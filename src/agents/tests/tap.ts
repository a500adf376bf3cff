import { Tally, type TestResults } from './results.ts'

/** The rest is all that follows, whatever it is: no blank is looked at twice. */
const line = /^( {0,400})(not )?ok\b(?: +\d+)?(?: *-)? *(.*)$/s
/** A `\#` belongs to the name. */
const directive = /(?:^|\s)#\s*(?:skip|todo\b)/i

/**
 * The Test Anything Protocol, with subtests. A test with subtests is not counted itself, unless it alone failed.
 *
 * @returns `null` when it is no such text
 * @see https://testanything.org/tap-version-14-specification.html
 */
export function readTap(lines: readonly string[]): TestResults | null {
  if (!lines.some((text) => /^(TAP version 1[234]|1\.\.\d+)\s*(#.*)?$/.test(text))) return null
  const tally = new Tally()
  if (lines.some((text) => /^1\.\.0\s*(#.*)?$/.test(text))) tally.told()
  /** Of each depth at which subtests were seen since the last test around them: how many failed. */
  const below: Depth[] = []
  let inYaml: string | null = null
  for (const text of lines) {
    if (inYaml !== null) {
      if (text.startsWith(`${inYaml}...`)) inYaml = null
      continue
    }
    const yaml = /^( {1,400})---\s*$/.exec(text)
    if (yaml !== null) inYaml = yaml[1] ?? ''
    const end = /^( {0,400})\}\s*$/.exec(text)?.[1]
    if (end !== undefined) leave(below, end.length)
    const found = line.exec(text)
    if (found === null) continue
    const [, indent = '', not, rest = ''] = found
    const inner = leave(below, indent.length)
    if (below.at(-1)?.depth !== indent.length) below.push({ depth: indent.length, failed: 0 })
    const isLet = directive.test(rest)
    const isFailed = not !== undefined && !isLet
    if (isFailed) below.at(-1)!.failed++ // it was pushed
    // Its subtests stand before it, or behind it between braces.
    if ((inner.any && (!isFailed || inner.failed > 0)) || rest.endsWith(' {')) continue
    if (isFailed) tally.failure(nameIn(rest))
    else if (isLet) tally.skipped()
    else tally.passed()
  }
  return tally.results()
}

type Depth = { readonly depth: number; failed: number }

/** Forgets what lies deeper than this, and tells whether there was anything, and how much of it failed. */
function leave(below: Depth[], depth: number): { readonly any: boolean; readonly failed: number } {
  let [any, failed] = [false, 0]
  while ((below.at(-1)?.depth ?? -1) > depth) {
    any = true
    failed += below.pop()?.failed ?? 0
  }
  return { any, failed }
}

/** Without what vitest says of the time. */
function nameIn(rest: string): string {
  const end = rest.lastIndexOf(' # time=')
  return (end < 0 ? rest : rest.slice(0, end)).replaceAll(/\\([\\#])/g, '$1')
}
