import type { DirectedGraph } from 'graphology'

/** Steps that all depend on each other, and one shortest way around, from the first of them in the plan to itself. */
export type Cycle = { readonly members: readonly string[]; readonly path: readonly string[] }

/** The cycles of a graph whose edges point at dependencies: one for each strongly connected part (Tarjan, without recursion). */
export function cyclesOf(graph: DirectedGraph): readonly Cycle[] {
  const order = new Map(graph.nodes().map((node, index) => [node, index]))
  const rank = new Map<string, number>()
  const low = new Map<string, number>()
  const open: string[] = []
  const isOpen = new Set<string>()
  const cycles: Cycle[] = []

  const leave = (node: string): void => {
    if (low.get(node) !== rank.get(node)) return
    const members = open.splice(open.lastIndexOf(node))
    for (const member of members) isOpen.delete(member)
    if (members.length > 1 || graph.hasDirectedEdge(node, node)) cycles.push(cycleOf(graph, members, order))
  }
  const lower = (node: string, to: number): void => void low.set(node, Math.min(low.get(node)!, to))
  const visit = (start: string): void => {
    const work: { readonly node: string; readonly next: Iterator<string> }[] = []
    const enter = (node: string): void => {
      rank.set(node, rank.size)
      low.set(node, rank.size - 1)
      open.push(node)
      isOpen.add(node)
      work.push({ node, next: graph.outNeighbors(node)[Symbol.iterator]() })
    }
    enter(start)
    for (let top = work.at(-1); top !== undefined; top = work.at(-1)) {
      const { done, value: neighbor } = top.next.next()
      if (done === true) {
        work.pop()
        const parent = work.at(-1)
        if (parent !== undefined) lower(parent.node, low.get(top.node)!)
        leave(top.node)
      } else if (!rank.has(neighbor)) enter(neighbor)
      else if (isOpen.has(neighbor)) lower(top.node, rank.get(neighbor)!)
    }
  }
  for (const node of order.keys()) if (!rank.has(node)) visit(node)
  return cycles
}

/** The shortest way from the first member (in the order of the plan) back to itself, by breadth. */
function cycleOf(graph: DirectedGraph, members: readonly string[], order: ReadonlyMap<string, number>): Cycle {
  const inside = new Set(members)
  const start = members.reduce((first, node) => (order.get(node)! < order.get(first)! ? node : first))
  const cameFrom = new Map<string, string>()
  const queue = [start]
  for (const node of queue) {
    for (const neighbor of graph.outNeighbors(node)) {
      if (neighbor === start) return { members, path: [...wayTo(node, cameFrom), start] }
      if (!inside.has(neighbor) || cameFrom.has(neighbor)) continue
      cameFrom.set(neighbor, node)
      queue.push(neighbor)
    }
  }
  return { members, path: [start, start] }
}

function wayTo(node: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way = [node]
  for (let at = cameFrom.get(node); at !== undefined; at = cameFrom.get(at)) way.push(at)
  return way.toReversed()
}
