import { expect, test } from 'vitest'
import { runId } from '../../src/base/ids.ts'
import { Commits } from '../../src/engine/commits.ts'
import { createJournal } from '../../src/engine/sqlite/journal.ts'
import { openDatabase } from '../../src/engine/sqlite/open.ts'
import { isAlive } from '../../src/main/service.ts'
import type { NewEvent } from '../../src/ports/journal.ts'
import { temporaryFolder } from '../config/project.ts'

const event = (seq: number, size: number): NewEvent => ({
  seq,
  runId: runId('r00000000000001'),
  event: { type: 'cancel_requested', at: 1, by: 'x'.repeat(size), reason: null },
  row: null,
})

test('a disk without space is told apart, and commits work again once there is some', () => {
  using database = openDatabase(temporaryFolder())
  const commits = new Commits(createJournal(database))
  commits.append([event(1, 10)])
  expect(commits.failing()).toBe(null)
  const [pages] = Object.values(database.prepare('pragma page_count').get() ?? {})
  database.exec(`pragma max_page_count = ${String(pages)}`)
  expect(() => commits.append([event(2, 100_000)])).toThrow(expect.objectContaining({ code: 'DISK_FULL' }))
  database.exec('pragma max_page_count = 1000000')
  // Nothing else is to be written: it finds out by itself.
  expect(commits.failing()).toBe(null)
  commits.append([event(2, 100_000)])
})

test('a journal that cannot be written at all is none that is full', () => {
  const database = openDatabase(temporaryFolder())
  const commits = new Commits(createJournal(database))
  database.close()
  expect(() => commits.append([event(1, 10)])).toThrow('database is not open')
  expect(commits.failing()).toMatchObject({ isFull: false })
})

test('only commits that fail for long, and not for lack of space, are no life', () => {
  expect(isAlive(null, 15_000)).toBe(true)
  expect(isAlive({ forMs: 14_999, isFull: false }, 15_000)).toBe(true)
  expect(isAlive({ forMs: 15_000, isFull: false }, 15_000)).toBe(false)
  expect(isAlive({ forMs: 1e9, isFull: true }, 15_000)).toBe(true)
})
