/** How many comparisons one text may cost: suggestions are a courtesy, and hostile text has 10,000 wrong names. */
const budget = 200_000

/** "did you mean": the candidate that is nearest to a word, `null` when none is near. */
export type Suggest = (word: string, candidates: Iterable<string>) => string | null

/** A `Suggest` that stops suggesting when a text has cost too much. */
export function suggester(): Suggest {
  let spent = 0
  return (word, candidates) => {
    let best: string | null = null
    let least = word.length > 64 ? 0 : Math.max(1, Math.floor(word.length / 3)) + 1
    for (const candidate of candidates) {
      if (++spent > budget) return best
      if (Math.abs(candidate.length - word.length) >= least) continue
      const distance = candidate.toLowerCase() === word.toLowerCase() ? 0.5 : editDistance(word, candidate)
      if (distance < least) [best, least] = [candidate, distance]
    }
    return best
  }
}

/** "did you mean "x"?", or the whole list when it is short, or nothing. */
export function didYouMean(suggest: Suggest, word: string, candidates: readonly string[]): string | undefined {
  const near = suggest(word, candidates)
  if (near !== null) return `did you mean "${near}"?`
  return candidates.length > 0 && candidates.length <= 12 ? `known: ${candidates.join(', ')}` : undefined
}

/** Damerau-Levenshtein: insertions, deletions, replacements and swapped neighbours. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1)
      next.push(least)
    }
    ;[before, row] = [row, next]
  }
  return row[b.length]!
}
