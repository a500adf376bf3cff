/** Steps as numbers from 0: for each the numbers of those that it depends on. */
export type Dependencies = readonly (readonly number[])[]

/** The steps in an order in which they can run (Kahn). Those in cycles, and those below a cycle, are not in it. */
export function orderOf(dependsOn: Dependencies): readonly number[] {
  if (isInOrder(dependsOn)) return [...dependsOn.keys()]
  const { starts, dependents } = dependentsOf(dependsOn)
  const unmet = new Int32Array(dependsOn.length)
  const order: number[] = []
  dependsOn.forEach((list, step) => {
    unmet[step] = list.length
    if (list.length === 0) order.push(step)
  })
  for (let done = 0; done < order.length; done++) {
    const step = order[done]!
    for (let at = starts[step]!; at < starts[step + 1]!; at++) {
      const dependent = dependents[at]!
      unmet[dependent]!--
      if (unmet[dependent] === 0) order.push(dependent)
    }
  }
  return order
}

/** Most plans name a step before those that depend on it. */
function isInOrder(dependsOn: Dependencies): boolean {
  for (let step = 0; step < dependsOn.length; step++) {
    for (const dependency of dependsOn[step]!) if (dependency >= step) return false
  }
  return true
}

/** The dependents of step `i` are those from `starts[i]` up to `starts[i + 1]`. */
function dependentsOf(dependsOn: Dependencies): { readonly starts: Int32Array; readonly dependents: Int32Array } {
  const starts = new Int32Array(dependsOn.length + 1)
  for (const list of dependsOn) for (const step of list) starts[step + 1]!++
  for (let step = 0; step < dependsOn.length; step++) starts[step + 1]! += starts[step]!
  const dependents = new Int32Array(starts[dependsOn.length]!)
  const next = starts.slice()
  dependsOn.forEach((list, dependent) => {
    for (const step of list) dependents[next[step]!++] = dependent
  })
  return { starts, dependents }
}
