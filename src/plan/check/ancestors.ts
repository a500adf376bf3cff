import type { Dependencies } from './order.ts'

/** Whether one step is above another: its dependency, direct or not. `null`: nothing can be said of that one. */
export type IsAbove = (above: number, below: number) => boolean | null

/**
 * Who is above whom, worked out when it is first asked: few plans need it. Each step has one bit for every other, so
 * that 10,000 steps take 12 MB and every question one look.
 *
 * @param order dependencies first; of a step that is not in it nothing is known
 */
export function ancestry(dependsOn: Dependencies, order: readonly number[]): IsAbove {
  let bits: readonly (Uint32Array | undefined)[] | null = null
  return (above, below) => {
    bits ??= bitsOf(dependsOn, order)
    const own = bits[below]
    return own === undefined ? null : (own[above >>> 5]! & (1 << (above & 31))) !== 0
  }
}

function bitsOf(dependsOn: Dependencies, order: readonly number[]): readonly (Uint32Array | undefined)[] {
  const words = Math.ceil(dependsOn.length / 32)
  const bits: (Uint32Array | undefined)[] = dependsOn.map(() => undefined)
  for (const step of order) {
    const own = new Uint32Array(words)
    for (const dependency of dependsOn[step]!) {
      const theirs = bits[dependency]! // dependencies come first
      for (let word = 0; word < words; word++) own[word]! |= theirs[word]!
      own[dependency >>> 5]! |= 1 << (dependency & 31)
    }
    bits[step] = own
  }
  return bits
}
