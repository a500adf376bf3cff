import type { Placed, PlacedCollection } from './build.ts'
import type { Found } from './comments.ts'
import { type Collection, type Comment, type Entry, isCollection } from './tree.ts'

/**
 * Gives every comment to what it is about: a comment on a line of its own to the entry below it, or, where it is
 * indented further than that, to the end of the collection above it; one behind something to the entry that begins there.
 */
export function attachComments(comments: readonly Found[], places: readonly Placed[], root: Collection): void {
  const blocks = places.filter(({ holder }) => !holder.collection.inFlow)
  let below: Placed | null = null // what the comments of this run are above, once one of them is
  for (const comment of comments) {
    const last = lastBefore(places, comment.start)
    if (!comment.isAlone) {
      attachBeside(comment, last === null ? null : outOfFlow(last, comment.start), places[0]?.entry ?? null, root)
      below = null
      continue
    }
    const inFlow = last === null ? null : flowAround(last, comment.start)
    if (last !== null && isInside(comment, last)) last.entry.above.push(asComment(comment))
    else if (inFlow !== null) attachInFlow(comment, inFlow, places)
    else {
      const next = firstBehind(blocks, comment.start)
      const above: Collection | null = next !== null && next === below ? null : collectionAbove(comment, last, next)
      if (above !== null) above.below.push(asComment(comment))
      else if (next === null) root.below.push(asComment(comment))
      else next.entry.above.push(asComment(comment))
      below = above === null ? next : null
    }
  }
}

const asComment = ({ text, blankAbove }: Found): Comment => ({ text, blankAbove })

function attachBeside(comment: Found, owner: Placed | null, first: Entry | null, root: Collection): void {
  const entry = owner?.entry ?? first
  if (entry === null) root.below.push(asComment(comment))
  else if (owner !== null && entry.beside === null) entry.beside = comment.text
  else entry.above.push({ text: comment.text, blankAbove: false })
}

/** Whether a comment stands between a key and its value, which will be on one line. */
function isInside({ start }: Found, { entry, valueStart, end }: Placed): boolean {
  const { value } = entry
  if (!isCollection(value)) return start < end
  return value.inFlow && (start < valueStart || (start < end && value.entries.length === 0))
}

/** The comment stands behind the end of a `[...]` or `{...}`: it is about whoever holds that. */
function outOfFlow(place: Placed, offset: number): Placed {
  const { holder } = place
  return holder.collection.inFlow && offset >= holder.end && holder.owner !== null
    ? outOfFlow(holder.owner, offset)
    : place
}

/** The innermost `[...]` or `{...}` that an offset lies in. */
function flowAround(last: Placed, offset: number): PlacedCollection | null {
  const { value } = last.entry
  if (isCollection(value) && value.inFlow && offset < last.end) {
    return { collection: value, owner: last, end: last.end } // before its first entry, or it has none
  }
  for (
    let holder: PlacedCollection | null = last.holder;
    holder?.collection.inFlow === true;
    holder = holder.owner?.holder ?? null
  ) {
    if (offset < holder.end) return holder
  }
  return null
}

function attachInFlow(comment: Found, { collection }: PlacedCollection, places: readonly Placed[]): void {
  const next = firstBehind(places, comment.start)
  if (next?.holder.collection === collection) next.entry.above.push(asComment(comment))
  else collection.below.push(asComment(comment))
}

/** The collection that ends above a comment and reaches as far to the right as the comment does, if there is one. */
function collectionAbove({ column }: Found, last: Placed | null, next: Placed | null): Collection | null {
  if (next !== null && column <= next.column) return null
  let found: PlacedCollection | null = null
  let foundColumn = -1
  for (let place = last; place !== null; place = place.holder.owner) {
    const { collection } = place.holder
    if (collection.inFlow || place.column > column) continue
    if (next !== null && (place.column <= next.column || collection === next.holder.collection)) break
    // A list may stand as far left as the key that holds it: then the outer one.
    if (found !== null && place.column < foundColumn) break
    found = place.holder
    foundColumn = place.column
  }
  return found?.collection ?? null
}

/** The last entry that begins before an offset. */
function lastBefore(places: readonly Placed[], offset: number): Placed | null {
  return places[countBefore(places, offset) - 1] ?? null
}

const firstBehind = (places: readonly Placed[], offset: number): Placed | null =>
  places[countBefore(places, offset)] ?? null

function countBefore(places: readonly Placed[], offset: number): number {
  let [low, high] = [0, places.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (places[middle]!.start < offset) low = middle + 1 // below the length
    else high = middle
  }
  return low
}
