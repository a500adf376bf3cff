import type { AttemptResult, Untold, Usage } from './attempt-result.ts'

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

/** What an attempt left untold of what it used; `null`: it was lost, with all of it. */
export const untoldOf = (result: Pick<AttemptResult, 'usage' | 'costUsd' | 'untold'> | null): Untold => ({
  usage: result === null || result.usage === null || result.untold?.usage === true,
  cost: result === null || result.costUsd === null || result.untold?.cost === true,
})

type Spent = Pick<AttemptResult, 'usage' | 'costUsd' | 'costSource' | 'untold'>

/** What the parts of an attempt used together, as far as they tell. */
export function spentIn(parts: readonly Spent[]): Spent {
  const source = parts.find(({ costSource }) => costSource !== undefined)?.costSource
  const usage = parts.map((part) => part.usage).reduce(addUsage, null)
  const costUsd = parts.map((part) => part.costUsd).reduce(addCost, null)
  const untold = {
    usage: usage !== null && parts.some((part) => untoldOf(part).usage),
    cost: costUsd !== null && parts.some((part) => untoldOf(part).cost),
  }
  return {
    usage,
    costUsd,
    ...(source === undefined ? {} : { costSource: source }),
    ...(untold.usage || untold.cost ? { untold } : {}),
  }
}

/** What is left of the money that an attempt may cost behind these parts of it; `null`: it has no limit. */
export const capLeft = (capUsd: number | null, parts: readonly Pick<Spent, 'costUsd'>[]): number | null =>
  capUsd === null ? null : parts.reduce((left, { costUsd }) => left - (costUsd ?? 0), capUsd)
