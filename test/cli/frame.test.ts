import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Frame } from '../../src/surfaces/cli/follow/frame.ts'
import { Recorded } from './terminal.ts'

test('a frame is drawn over the one before, also when it shrinks', async () => {
  const out = new Recorded({ columns: 20, rows: 10 })
  const frame = new Frame(out)
  frame.draw(['one', 'two', 'three'])
  frame.draw(['eins', 'zwei'])
  await turn()
  expect(out.screen).toEqual(['eins', 'zwei', ''])
})

test('each change is one write, and no change is none', async () => {
  const out = new Recorded({ columns: 20, rows: 10 })
  const frame = new Frame(out)
  frame.draw(['one', 'two'])
  frame.draw(['one', 'two'])
  frame.draw(['one', 'three'])
  await turn()
  expect(out.writes).toHaveLength(2)
})

test('what is printed stands above the frame and stays', async () => {
  const out = new Recorded({ columns: 20, rows: 10 })
  const frame = new Frame(out)
  frame.draw(['one'])
  frame.print('a note\nof two lines')
  frame.draw(['two'])
  await turn()
  expect(out.screen).toEqual(['a note', 'of two lines', 'two', ''])
})

test('after the terminal became narrower, the lines that it wrapped are drawn over too', async () => {
  const out = new Recorded({ columns: 20, rows: 10 })
  const frame = new Frame(out)
  frame.draw(['0123456789abcdef', 'x'])
  await turn()
  out.columns = 10
  frame.redraw(['0123456789', 'x'])
  await turn()
  expect(out.screen).toEqual(['0123456789', 'x', ''])
})

test('the cursor is hidden while a frame is up, and shown again at the end', async () => {
  const out = new Recorded({ columns: 20, rows: 10 })
  const before = process.listenerCount('exit')
  const frame = new Frame(out)
  frame.close()
  frame.draw(['one'])
  expect(process.listenerCount('exit')).toBe(before + 1)
  frame.close()
  frame.close()
  await turn()
  expect(out.text.match(/\?25[lh]/gu)).toEqual(['?25l', '?25h'])
  expect(process.listenerCount('exit')).toBe(before)
})
