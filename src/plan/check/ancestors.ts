import type { DirectedGraph } from 'graphology'

/**
 * Who is above whom, in a graph whose edges point at dependencies. Each step has one bit for every other: 10,000 steps
 * take 12 MB and every question one look. `null` for steps in cycles or below one: nothing can be said of these.
 */
export function ancestorsOf(
  graph: DirectedGraph,
  inCycle: ReadonlySet<string>,
): (above: string, below: string) => boolean | null {
  const nodes = graph.nodes()
  const indexOf = new Map(nodes.map((node, index) => [node, index]))
  const words = Math.ceil(nodes.length / 32)
  const bits: (Uint32Array | null)[] = nodes.map(() => null)
  const left = nodes.map((node) => graph.outDegree(node))
  const ready = [...nodes.keys()].filter((index) => left[index] === 0)
  for (const index of ready) {
    const own = new Uint32Array(words)
    graph.forEachOutNeighbor(nodes[index]!, (dependency) => {
      const at = indexOf.get(dependency)! // neighbors are nodes
      const theirs = bits[at]! // it was ready before
      for (let word = 0; word < words; word++) own[word]! |= theirs[word]!
      own[at >>> 5]! |= 1 << (at & 31)
    })
    bits[index] = own
    graph.forEachInNeighbor(nodes[index]!, (dependent) => {
      const at = indexOf.get(dependent)!
      if (--left[at]! === 0) ready.push(at)
    })
  }
  return (above, below) => {
    const [from, to] = [indexOf.get(above), indexOf.get(below)]
    if (from === undefined || to === undefined || inCycle.has(above)) return null
    const own = bits[to]
    return own === null || own === undefined ? null : (own[from >>> 5]! & (1 << (from & 31))) !== 0
  }
}
