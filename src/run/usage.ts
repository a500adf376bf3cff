import type { Usage } from './attempt-result.ts'

const kinds = ['cacheReadTokens', 'cacheWriteTokens', 'reasoningTokens'] as const

/** Both together; a kind of which either does not tell is not known of the sum. */
export function addUsage(sum: Usage | null, more: Usage | null): Usage | null {
  return sum === null || more === null ? (sum ?? more) : combined(sum, more, (a, b) => a + b)
}

/** Both together; `null` tells nothing. */
export const addCost = (sum: number | null, more: number | null): number | null =>
  more === null ? sum : roundUsd((sum ?? 0) + more)

/** US dollars without what binary fractions add to them far behind the point. */
export const roundUsd = (usd: number): number => Math.round(usd * 1e10) / 1e10

export function combined(a: Usage, b: Usage, by: (a: number, b: number) => number): Usage {
  const parts = kinds.flatMap((kind) => {
    const [one, other] = [a[kind], b[kind]]
    return one === undefined || other === undefined ? [] : [[kind, by(one, other)]]
  })
  return {
    inputTokens: by(a.inputTokens, b.inputTokens),
    outputTokens: by(a.outputTokens, b.outputTokens),
    ...Object.fromEntries(parts),
  }
}
