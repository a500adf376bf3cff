import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noIndices } from '../../src/base/index-set.ts'
import { SortedSet } from '../../src/base/sorted-set.ts'
import { Vector } from '../../src/base/vector.ts'
import { cases, patience } from '../support/cases.ts'

/** Without it fast-check makes ten items at most, whatever `maxLength` allows: fewer than one page has. */
const size = 'max'

/** Every so many changes what there is then is kept, and looked at in the end. */
const between = 100
type Earlier = { readonly set: Iterable<number>; readonly items: readonly number[] }

test('an index set is a sorted set that never changes', patience, () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 5000 })), { maxLength: 200, size })
  fc.assert(
    fc.property(steps, (changes) => {
      let set = noIndices
      const model = new Set<number>()
      const earlier: Earlier[] = []
      for (const [at, [add, item]] of changes.entries()) {
        if (at % between === 0) earlier.push({ set, items: [...model].toSorted((a, b) => a - b) })
        set = add ? set.with(item) : set.without(item)
        if (add) model.add(item)
        else model.delete(item)
      }
      for (const { set: before, items } of earlier) expect([...before]).toEqual(items)
      expect([...set]).toEqual([...model].toSorted((a, b) => a - b))
      expect(set.size).toBe(model.size)
    }),
    cases(200),
  )
})

test('a sorted set is in order, has each item once, and never changes', patience, () => {
  const mostlyAdded = fc.integer({ min: 0, max: 3 }).map((chance) => chance > 0)
  const steps = fc.array(fc.tuple(mostlyAdded, fc.integer({ min: 0, max: 400 })), { maxLength: 900, size })
  fc.assert(
    fc.property(steps, (changes) => {
      let set = SortedSet.empty<number>((a, b) => b - a)
      const model = new Set<number>()
      const earlier: Earlier[] = []
      for (const [at, [add, item]] of changes.entries()) {
        if (at % between === 0) earlier.push({ set, items: [...model].toSorted((a, b) => b - a) })
        set = add ? set.with(item) : set.without(item)
        if (add) model.add(item)
        else model.delete(item)
      }
      for (const { set: before, items } of earlier) expect([...before]).toEqual(items)
      const sorted = [...model].toSorted((a, b) => b - a)
      expect([...set]).toEqual(sorted)
      expect([set.size, set.first]).toEqual([model.size, sorted[0]])
    }),
    cases(200),
  )
})

test('a vector is an array that never changes', patience, () => {
  const items = fc.array(fc.integer(), { minLength: 1, maxLength: 600, size })
  fc.assert(
    fc.property(items, fc.array(fc.tuple(fc.nat(), fc.integer()), { maxLength: 20 }), (start, changes) => {
      const vector = Vector.of(start)
      const model = [...start]
      const map = new Map(changes.map(([at, item]) => [at % start.length, item]))
      for (const [at, item] of map) model[at] = item
      expect(Array.from(vector.with(map))).toEqual(model)
      expect(Array.from(vector.with(map).append(start))).toEqual([...model, ...start])
      expect([...vector]).toEqual(start)
    }),
    cases(200),
  )
})

test('a vector refuses what lies outside', () => {
  expect(() => Vector.of([1]).get(1)).toThrow(RangeError)
  expect(() => Vector.of([1]).with(new Map([[1, 2]]))).toThrow(RangeError)
})
