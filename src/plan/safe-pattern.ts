import { type Result, err, ok } from '../base/result.ts'

/** Texts that are held against a pattern are at most this long. */
export const patternMaxText = 128
/** What a pattern may cost, as a power of two: 2^22 steps are a fraction of a second. */
const mostCost = 22
const loopCost = 7

export type PatternProblem = { readonly message: string; readonly help: string }

/**
 * Compiles a regular expression that a person wrote, if it cannot hang on a text of at most 128 characters: no group
 * repeats, nothing looks around or back, and what is left to choose (a repeat has 128 = 2^7 ways, `?` and `|` two) is
 * bounded. The whole text must match.
 */
export function compilePattern(pattern: string): Result<RegExp, PatternProblem> {
  const help = 'list the values with "enum", or check it in a step'
  let compiled: RegExp
  try {
    compiled = new RegExp(`^(?:${pattern})$`, 'u')
  } catch {
    return err({ message: 'this is not a regular expression', help: 'mind brackets and backslashes' })
  }
  const bare = pattern
    .replaceAll(/\\[^\dk]/gu, 'x')
    .replaceAll(/\[[^\]]*\]/gu, 'x')
    .replaceAll('(?:', '(')
  if (bare.includes('(?')) return err({ message: 'a pattern may not look around, or name groups', help })
  if (/\\[\dk]/.test(bare)) return err({ message: 'a pattern may not refer back to a group', help })
  if (/\)[*+?{]/.test(bare)) return err({ message: 'a group of a pattern may not repeat', help })
  if (costOf(bare) > mostCost)
    return err({ message: 'the pattern has too many parts that repeat or may be missing', help })
  return ok(compiled)
}

function costOf(bare: string): number {
  let cost = 0
  for (const [, loop, low, high] of bare.matchAll(/([*+?|])|\{(\d+)(?:,(\d*))?\}/g)) {
    if (loop !== undefined) cost += loop === '?' || loop === '|' ? 1 : loopCost
    else if (high === '') cost += loopCost
    else if (high !== undefined) cost += Math.min(loopCost, Math.ceil(Math.log2(Number(high) - Number(low) + 1)))
  }
  return cost
}
