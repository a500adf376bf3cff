import { expect, test } from 'vitest'
import { readableStream } from '../../src/surfaces/cli/view/readable.ts'

const double = (line: string): readonly string[] => (line === 'skip' ? [] : [line, line.toUpperCase()])

test('lines are made readable whole, however they come', () => {
  const stream = readableStream(double)
  expect(stream.push('on')).toBe('')
  expect(stream.push('e\nskip\ntw')).toBe('one\nONE\n')
  expect(stream.push('o')).toBe('')
  expect(stream.end()).toBe('two\nTWO\n')
  expect(readableStream(double).end()).toBe('')
})

test('what is for people already passes as it is', () => {
  const stream = readableStream(null)
  expect([stream.push('on'), stream.push('e\n\r2'), stream.end()]).toEqual(['on', 'e\n\r2', ''])
})
