/** The most steps that a run may come to have, instances and steps of sub-plans included. */
export const maxRunSteps = 100_000

// The four parts of an order take 8, 14, 14 and 17 of the 53 bits that a number holds exactly.
const indices = 2 ** 17
const places = 2 ** 14
const lengths = 2 ** 14

/**
 * Where a step stands in the order of dispatch, as one number that is its own alone; smaller goes first: by priority,
 * then by the number of steps on the longest way behind it (critical path first), then in the order of the plan.
 *
 * @param place of the step of the plan's own level in which it stands
 */
export function orderOf(priority: number, pathLength: number, place: number, index: number): number {
  const behind = lengths - 1 - Math.min(pathLength, lengths - 1)
  return (((100 - priority) * lengths + behind) * places + place) * indices + index
}

/** The index of the step that has this order. */
export const indexOfOrder = (order: number): number => order % indices

export const priorityOfOrder = (order: number): number => 100 - Math.floor(order / (lengths * places * indices))
