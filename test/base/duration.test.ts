import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from '../../src/base/duration.ts'
import { cases, patience } from '../support/cases.ts'

const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const

test('a duration is the sum of its units, each at most once and in descending order', patience, () => {
  const amounts = fc.record({ d: fc.nat(9999), h: fc.nat(9999), m: fc.nat(9999), s: fc.nat(9999), ms: fc.nat(9999) })
  const chosen = fc.subarray(['d', 'h', 'm', 's', 'ms'] as const, { minLength: 1 })
  fc.assert(
    fc.property(amounts, chosen, (amount, names) => {
      const text = names.map((name) => `${amount[name]}${name}`).join('')
      expect(parseDuration(text)).toBe(names.reduce((total, name) => total + amount[name] * units[name], 0))
    }),
    cases(2000),
  )
  expect(['1m1h', '1s1s', '1ms1s', '5', '', '-1s', '1.5s'].map(parseDuration)).toEqual(Array(7).fill(null))
})

test('what is no duration is none, and a number is seconds', patience, () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 8 }), (text) => {
      expect(parseDuration(text) === null || /^(\d+(d|h|ms|m|s))+$/.test(text)).toBe(true)
    }),
    cases(2000),
  )
  fc.assert(
    fc.property(fc.double(), (seconds) => {
      const isOne = Number.isFinite(seconds) && seconds >= 0
      expect(parseDuration(seconds)).toBe(isOne ? Math.round(seconds * 1000) : null)
    }),
    cases(2000),
  )
})

test('what is shown to people is short, and never more than it is', patience, () => {
  fc.assert(
    fc.property(fc.nat(400 * units.d), (ms) => {
      const shown = formatDuration(ms)
      expect(shown.length).toBeLessThanOrEqual(7)
      const [, big = '', bigUnit = '', small = '0', smallUnit = 'ms'] =
        /^([\d.]+)(ms|[dhms])(?:(\d+)(ms|[hms]))?$/.exec(shown) ?? []
      const value =
        Number(big) * units[bigUnit as keyof typeof units] + Number(small) * units[smallUnit as keyof typeof units]
      expect(value).toBeLessThanOrEqual(ms + 0.001)
      const precision = ms < 1000 ? 1 : ms < units.m ? 100 : ms < units.h ? units.s : ms < units.d ? units.m : units.h
      expect(ms - value).toBeLessThan(precision + 0.001)
    }),
    cases(2000),
  )
})
