import { execFileSync } from 'node:child_process'
import { chmodSync, lutimesSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { createJournal } from '../../../src/engine/sqlite/journal.ts'
import { databaseFile, openDatabase } from '../../../src/engine/sqlite/open.ts'
import { temporaryFolder } from '../../config/project.ts'
import { State } from './state.ts'

/** The name of a run that is in no journal. */
const lost = 'r99999999999999'

describe('which runs go', () => {
  test('finished ones that are old enough, the oldest first; the newest stay in any case', async () => {
    const state = new State()
    const [oldest, older, young] = [state.run({ day: 10 }), state.run({ day: 20 }), state.run({ day: 71 })]
    const unfinished = state.run({ day: 1, isFinished: false })
    const { ids, summary } = await state.collect()
    expect(ids).toEqual([oldest, older])
    expect([state.listed, state.inJournal, state.names('runs')]).toEqual(
      Array.from({ length: 3 }, () => [young, unfinished]),
    )
    expect(summary).toMatchObject({
      complete: true,
      kept: { newest: 0, young: 1, unsent: 0 },
      unfinished: 1,
      stuck: [],
    })
  })

  test('of the finished runs so many are kept, counted from the newest, whatever their age', async () => {
    const state = new State()
    const [first, second, third] = [state.run({ day: 1 }), state.run({ day: 2 }), state.run({ day: 3 })]
    const { ids, summary } = await state.collect({ keep: 2 })
    expect([ids, state.listed, summary.kept.newest]).toEqual([[first], [second, third], 2])
  })

  test('a run that finished exactly at the limit goes', async () => {
    const state = new State()
    const id = state.run({ day: 70 })
    expect((await state.collect()).ids).toEqual([id])
  })

  test('a run whose key may be asked for again stays', async () => {
    const state = new State()
    const [keyed, free] = [state.run({ day: 100, key: 'inbox:1' }), state.run({ day: 100 })]
    const old = state.run({ day: 99, key: 'inbox:2' })
    expect((await state.collect({ older_than_ms: 0 })).ids).toEqual([old, free])
    expect(state.journal.runByKey('inbox:1')?.runId).toBe(keyed)
  })

  test('a run whose spans are not sent yet stays while there is tracing', async () => {
    const state = new State()
    const sent = state.run({ day: 1 })
    state.sentUpTo = state.journal.lastSeq() + 2
    const partly = state.run({ day: 2 })
    const { ids, summary } = await state.collect()
    expect([ids, summary.kept.unsent, state.listed]).toEqual([[sent], 1, [partly]])
    state.sentUpTo = null
    expect((await state.collect()).ids).toEqual([partly])
  })
})

test('a dry run tells the same, and changes nothing', async () => {
  const state = new State()
  const id = state.run({ day: 1 })
  state.write(`runs/${lost}/file`, 'x', 1)
  const before = state.everything
  const dry = await state.collect({ dry_run: true })
  expect(state.everything).toEqual(before)
  expect([state.listed, state.inJournal]).toEqual([[id], [id]])
  const real = await state.collect()
  expect([real.runs, real.folders]).toEqual([dry.runs, dry.folders])
  expect(dry.runs).toMatchObject([
    { run_id: id, files: 1, events: 3, outcome: 'success', finished_at: '1970-01-02T00:00:00.000Z' },
  ])
  expect(dry.runs[0]?.bytes).toBeGreaterThanOrEqual(4096)
  expect(dry.runs[0]?.event_bytes).toBeGreaterThan(600)
})

test('with logs_only the files go and the run stays; the second time there is nothing left', async () => {
  const state = new State()
  state.sentUpTo = 0 // spans do not need the logs
  const id = state.run({ day: 1 })
  const { runs } = await state.collect({ logs_only: true })
  expect(runs).toMatchObject([{ run_id: id, files: 1, events: 0 }])
  expect([state.listed, state.inJournal, state.names('runs')]).toEqual([[id], [id], []])
  expect((await state.collect({ logs_only: true })).runs).toEqual([])
})

describe('what belongs to no run', () => {
  test('is told, and goes only when it is old and has the name of a run', async () => {
    const state = new State()
    const young = 'r99999999999998'
    state.write(`runs/${lost}/deep/file`, 'x', 10)
    state.write(`runs/${young}/deep/file`, 'x', 90)
    state.write('runs/holiday/photo', 'x', 10)
    state.write('runs/file', 'x', 10)
    const { folders } = await state.collect()
    expect(folders.map(({ path, fate, files }) => [path, fate, files])).toEqual([
      ['runs/file', 'foreign', 1],
      ['runs/holiday', 'foreign', 1],
      [`runs/${young}`, 'young', 1],
      [`runs/${lost}`, 'goes', 1],
    ])
    expect(state.names('runs')).toEqual(['file', 'holiday', young])
  })

  test('a link goes, and not what it leads to', async () => {
    const state = new State()
    const elsewhere = temporaryFolder()
    writeFileSync(join(elsewhere, 'file'), '')
    state.run({ day: 90 })
    symlinkSync(elsewhere, join(state.folder, 'runs', lost))
    lutimesSync(join(state.folder, 'runs', lost), 1, 1)
    await state.collect()
    expect([state.names('runs').includes(lost), readdirSync(elsewhere)]).toEqual([false, ['file']])
  })
})

describe('the journal', () => {
  test('never gives the number of a removed event again', async () => {
    const state = new State()
    state.run({ day: 1 })
    const last = state.journal.lastSeq()
    await state.collect()
    expect([state.inJournal, state.journal.lastSeq()]).toEqual([[], last])
    state.reopen()
    expect(state.journal.lastSeq()).toBe(last)
    const next = state.run({ day: 1 })
    expect(state.journal.eventsOf(next)[0]?.seq).toBe(last + 1)
    state.reopen()
    expect(state.journal.lastSeq()).toBe(last + 3)
  })

  test('gets smaller on the disk, in pieces that are short', async () => {
    const state = new State()
    for (let i = 0; i < 30; i++) state.run({ day: 1, events: 700 })
    const rest = state.run({ day: 90 })
    state.removal.settle()
    const file = databaseFile(state.folder)
    const before = statSync(file).size
    let turns = 0
    const counting = setInterval(() => turns++, 0)
    const { summary } = await state.collect()
    clearInterval(counting)
    const after = statSync(file).size
    expect(summary.database_bytes).toBe(before - after)
    expect(after).toBeLessThan(before / 10)
    expect(turns).toBeGreaterThan(30)
    expect(state.journal.eventsOf(rest).length).toBe(3)
    expect(state.database.prepare('pragma integrity_check').get()?.['integrity_check']).toBe('ok')
  })

  test('of an earlier orchd is made so that it can get smaller', () => {
    const folder = temporaryFolder()
    const old = new DatabaseSync(databaseFile(folder))
    old.exec('pragma auto_vacuum = none; create table other (x); insert into other values (1)')
    old.close()
    using database = openDatabase(folder)
    expect(database.prepare('pragma auto_vacuum').get()).toEqual({ auto_vacuum: 2 })
    expect([createJournal(database).lastSeq(), database.prepare('select x from other').get()]).toEqual([0, { x: 1 }])
  })
})

class Interrupted extends Error {}

/** Ends a collection at its `point`th change: which runs that are listed then lack something, and what the next one leaves. */
async function interruptedAt(
  point: number,
): Promise<{ readonly interrupted: boolean; readonly torn: readonly string[]; readonly left: readonly string[] }> {
  const state = new State()
  const events = new Map([
    [state.run({ day: 1, events: 1200 }), 1200],
    [state.run({ day: 2 }), 3],
  ])
  const kept = state.run({ day: 90 })
  state.write(`runs/${lost}/file`, 'x', 1)
  let changes = 0
  state.behind = () => {
    if (++changes === point) throw new Interrupted()
  }
  const ended = await state.collect().catch((error: unknown) => error)
  state.behind = () => {}
  state.reopen()
  const torn = [...events].filter(
    ([id, count]) => state.listed.includes(id) && state.journal.eventsOf(id).length !== count,
  )
  await state.collect()
  const left = [...state.listed, ...state.inJournal, ...state.names('runs'), ...state.names('orchd.trash')]
  return {
    interrupted: ended instanceof Interrupted,
    torn: torn.map(([id]) => id),
    left: left.filter((name) => name !== kept),
  }
}

describe('interrupted', () => {
  test('at any change, the next collection finishes it, and what is listed is whole meanwhile', async () => {
    const points = []
    for (let point = 1, interrupted = true; interrupted; point++) {
      const found = await interruptedAt(point)
      interrupted = found.interrupted
      points.push(point)
      expect({ point, ...found }).toEqual({ point, interrupted, torn: [], left: [] })
    }
    expect(points.length).toBeGreaterThan(8)
  })

  test('by its caller, it stops behind the run it is at', async () => {
    const state = new State()
    const ids = [state.run({ day: 1 }), state.run({ day: 2 }), state.run({ day: 3 })]
    const stop = new AbortController()
    state.behind = () => stop.abort()
    const { ids: removed, summary } = await state.collect({}, stop.signal)
    expect([removed, summary.complete, state.listed]).toEqual([ids.slice(0, 1), false, ids.slice(1)])
  })

  test('when its time is over, it says that there is more', async () => {
    const state = new State()
    state.run({ day: 1 })
    expect((await state.collect({ longest_ms: 0 })).summary).toMatchObject({ complete: false })
    expect((await state.collect({ longest_ms: 60_000 })).summary).toMatchObject({ complete: true })
  })
})

test('two at once: the second is refused, and may look', async () => {
  const state = new State()
  state.run({ day: 1 })
  const { promise, resolve } = Promise.withResolvers<void>()
  state.behind = resolve
  const first = state.collect()
  await promise
  await expect(state.collect()).rejects.toMatchObject({ code: 'GC_RUNNING' })
  await expect(state.collect({ dry_run: true })).resolves.toMatchObject({ summary: { dry_run: true } })
  await first
  await expect(state.collect()).resolves.toMatchObject({ summary: { complete: true } })
})

test('closing waits for the run it is at', async () => {
  const state = new State()
  state.run({ day: 1, events: 5000 })
  state.run({ day: 2 })
  const { promise, resolve } = Promise.withResolvers<void>()
  state.behind = resolve
  const collection = state.collect()
  await promise
  await state.collector.close()
  state.database.close()
  expect((await collection).summary.complete).toBe(false)
})

test('folders that steps have made unwritable go too', async () => {
  const state = new State()
  const id = state.run({ day: 1 })
  state.write(`runs/${id}/step/1/cache/file`, 'x')
  chmodSync(join(state.folder, `runs/${id}/step/1/cache`), 0o500)
  const { summary } = await state.collect()
  expect([summary.stuck, state.names('runs'), state.has('orchd.trash')]).toEqual([[], [], false])
})

test('folders that steps have made deeper than a path can be long go too', async () => {
  const state = new State()
  const id = state.run({ day: 1 })
  state.write(`runs/${id}/step/1/cache/file`, 'x')
  const dig = 'for i in $(seq 50); do mkdir $0; cd $0; done'
  execFileSync('bash', ['-c', dig, 'x'.repeat(100)], { cwd: join(state.folder, `runs/${id}/step/1/cache`) })
  const { summary } = await state.collect()
  expect([summary.stuck, state.names('runs'), state.has('orchd.trash')]).toEqual([[], [], false])
})
