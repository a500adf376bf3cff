/** What a file of tests declares: enough to see that tests went away, whatever framework runs them. */
export type DeclaredTests = {
  /** Titles, or names of functions; a title that stands there twice is here twice. */
  readonly titles: readonly string[]
  /** Lines (from 1) that keep a test from running. */
  readonly skips: readonly { readonly line: number; readonly text: string }[]
}

const testFile =
  /(^|\/)(__tests__|tests?|specs?|e2e)\/|[._-](test|spec|e2e)\.[^/]*$|_test\.[a-z]+$|(^|\/)test_[^/]*\.py$|(Tests?|Spec|IT)\.(java|kt|cs|scala|php|swift)$|\.rs$/

export const isTestFile = (path: string): boolean => testFile.test(path)

/** Group 1 is the title. One line each, so that no quantifier runs over a whole file. */
const declarations: readonly RegExp[] = [
  /(?:^|[\s;{(])(?:it|test|specify|scenario|[fx]it|xtest)(?:\.[a-z]{2,20}){0,3}\s{0,4}\(\s{0,4}(['"`][^\n]{1,200}?['"`])\s{0,4}[,)]/g,
  /^\s{0,40}(?:it|specify|scenario|test)\s{1,4}(['"][^\n]{1,200}?['"])\s{1,4}do\b/g,
  /^\s{0,40}(?:async\s{1,4})?def\s{1,4}(test\w{0,120})/g,
  /^func\s{1,4}(?:\([^)\n]{0,80}\)\s{1,4})?((?:Test|Fuzz)\w{0,120})\s{0,4}\(/g,
  /\bfunction\s{1,4}(test\w{1,120})\s{0,4}\(/g,
]
/** The name is on one of the next lines. */
const annotation =
  /^\s{0,40}(?:@(?:Test|ParameterizedTest|RepeatedTest)\b|\[(?:Fact|Theory|Test|TestMethod)\b|#\[(?:\w{1,20}::)?test\b)/
const annotated = /\b(?:void|fun|fn|func|Task)\s{1,4}(\w{1,120}|`[^`\n]{1,120}`)/

const skip =
  /\b(?:it|test|describe|suite|context)\.(?:skip|todo|fails|skipIf|runIf|only)\b|\b(?:xit|xtest|xdescribe|fit|fdescribe)\s{0,4}\(|@pytest\.mark\.(?:skip|skipif|xfail)\b|\bpytest\.skip\(|@unittest\.(?:skip|expectedFailure)|\bself\.skipTest\(|\bt\.Skip(?:f|Now)?\(|^\s{0,40}@(?:Disabled|Ignore)\b|#\[ignore\b|\[Ignore\b|\bmarkTestSkipped\(/

const longestLine = 2000

export function declaredTests(text: string): DeclaredTests {
  const titles: string[] = []
  const skips: { line: number; text: string }[] = []
  let named = 0
  for (const [at, whole] of text.split('\n').entries()) {
    const line = whole.slice(0, longestLine)
    const declared = declarations.map((shape) => titlesIn(line, shape)).find((found) => found.length > 0)
    if (declared !== undefined) titles.push(...declared)
    else if (named > 0) {
      const name = annotated.exec(line)?.[1]
      if (name !== undefined) titles.push(name)
      named = name === undefined ? named - 1 : 0
    }
    if (annotation.test(line)) named = 5
    if (skip.test(line)) skips.push({ line: at + 1, text: line.trim().slice(0, 80) })
  }
  return { titles, skips }
}

const titlesIn = (line: string, shape: RegExp): readonly string[] =>
  Array.from(line.matchAll(shape), ([, title = '']) => title)

/** What is in `old` and no longer in `now`, counting. */
export function missing(old: readonly string[], now: readonly string[]): string[] {
  const left = new Map<string, number>()
  for (const title of now) left.set(title, (left.get(title) ?? 0) + 1)
  return old.filter((title) => {
    const count = left.get(title) ?? 0
    left.set(title, count - 1)
    return count <= 0
  })
}
