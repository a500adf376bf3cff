import { type KeyOrder, planKeyOrder } from '../generated/key-order.ts'
import { fold } from './fold.ts'
import { type Collection, type Entry, type Layout, type Value, isApart, isCollection, setApart } from './tree.ts'

/** Words of which the language has two. */
const aliases: Readonly<Record<string, string>> = { needs: 'depends_on', if: 'when' }
const stepLists = ['steps', 'finally']

/** Brings a layout into the one style: keys in order and by their first name, what is too wide as a block, blank lines. */
export function makeCanonical(layout: Layout): void {
  const { root } = layout
  const isHeaderApart = takeHeader(layout)
  for (const step of stepsOf(root)) rename(step)
  order(root, planKeyOrder)
  fold(root, stepLists)
  for (const entry of root.entries) spaceOut(entry.value)
  spaceSections(root)
  const [first] = root.entries
  if (first !== undefined) setApart(first, layout.header.length > 0 && (isHeaderApart || first.above.length > 0))
  for (const entry of root.entries) if (stepLists.includes(entry.key ?? '')) spaceSteps(entry.value)
}

/**
 * A comment at the top of a file is about the file, unless a blank line sets it apart from an earlier one that is.
 *
 * @returns whether a blank line follows what is about the file
 */
function takeHeader({ header, root }: Layout): boolean {
  const [first] = root.entries
  if (first === undefined) return false
  const lastBlank = first.blankAbove ? first.above.length : first.above.findLastIndex(({ blankAbove }) => blankAbove)
  header.push(...first.above.splice(0, lastBlank > 0 ? lastBlank : first.above.length))
  return lastBlank > 0 || header.slice(1).some(({ blankAbove }) => blankAbove)
}

function stepsOf(root: Collection): readonly Collection[] {
  const lists = root.entries.filter(({ key }) => stepLists.includes(key ?? '')).map(({ value }) => value)
  return lists.flatMap((list) => (list.kind === 'list' ? list.entries.map(({ value }) => value) : [])).filter(isMap)
}

const isMap = (value: Value): value is Collection => value.kind === 'map'

/** `needs` and `if` by their first names, where those are not there too. */
function rename({ entries }: Collection): void {
  for (const entry of entries) {
    const name = aliases[entry.key ?? '']
    if (name === undefined || entries.some(({ key }) => key === name)) continue
    entry.key = name
    entry.keyText = name
  }
}

function order(value: Value, keys: KeyOrder): void {
  if (!isCollection(value)) return
  const inside = (name: string): KeyOrder => (Object.hasOwn(keys, name) ? keys[name] : keys['*']) ?? {}
  for (const { key, value: inner } of value.entries) order(inner, inside(key ?? '[]'))
  const places = Object.keys(keys)
  const placeOf = ({ key }: Entry): number => {
    const place = places.indexOf(key ?? '')
    return place === -1 ? places.length : place
  }
  if (value.kind === 'list') return
  const first = value.entries[0]
  const ordered = value.entries.toSorted((a, b) => placeOf(a) - placeOf(b))
  if (ordered.every((entry, index) => entry === value.entries[index])) return
  // Blank lines grouped what was together before.
  for (const entry of ordered) if (entry !== first || value.entries.length > 1) setApart(entry, false)
  value.entries = ordered
}

/** Within a collection blank lines stay where they are, but none begins it; and a list item's comments come before its `-`. */
function spaceOut(value: Value): void {
  if (!isCollection(value) || value.inFlow) return
  for (const [index, entry] of value.entries.entries()) {
    if (index === 0) setApart(entry, false)
    spaceOut(entry.value)
    if (value.kind === 'list') hoist(entry)
  }
}

function hoist(item: Entry): void {
  const { value, beside } = item
  if (!isCollection(value) || value.inFlow || value.entries.length === 0) return
  const apart = isApart(item)
  const [first] = value.entries
  if (beside !== null) item.above.push({ text: beside, blankAbove: item.above.length > 0 && item.blankAbove })
  if (beside !== null) item.blankAbove = false
  item.beside = null
  for (const comment of first?.above.splice(0) ?? []) item.above.push(comment)
  if (first !== undefined) first.blankAbove = false
  setApart(item, apart)
}

/** A blank line between the sections of a plan: around all that takes more than a line. */
function spaceSections(root: Collection): void {
  for (const [index, entry] of root.entries.entries()) {
    const previous = root.entries[index - 1]
    if (previous !== undefined && (isTall(entry) || isTall(previous))) setApart(entry, true)
  }
  const [last, first] = [root.entries.at(-1), root.below[0]]
  if (first !== undefined && last !== undefined && isTall(last)) first.blankAbove = true
}

function spaceSteps(list: Value): void {
  if (list.kind !== 'list') return
  for (const [index, entry] of list.entries.entries()) {
    const previous = list.entries[index - 1]
    if (previous !== undefined && (isTall(entry) || isTall(previous))) setApart(entry, true)
  }
}

/** Whether an entry takes more than one line. */
function isTall({ value, above }: Entry): boolean {
  if (above.length > 0) return true
  return isCollection(value) ? !value.inFlow && value.entries.length > 0 : value.kind !== 'inline'
}
