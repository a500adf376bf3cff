import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { badPlan, goodPlan, isWhole, startInbox, until, type Rig } from './rig.ts'

const count = 1000
const nameOf = (index: number): string => `plan-${index}.yaml`
/** One in twenty is bad, among the moved and the slowly written alike. */
const textOf = (index: number): string => (index % 20 < 2 && index % 40 < 20 ? badPlan : goodPlan(nameOf(index)))

test('of 1,000 files at once, half moved in and half written in three pieces, each is taken once and whole', async () => {
  const inbox = await startInbox({ settleMs: 200 })
  const files = Array.from({ length: count }, (_, index) => index)
  const bad = files.filter((index) => textOf(index) === badPlan)
  expect(bad).toHaveLength(50)

  const startedAt = performance.now()
  await Promise.all(files.map((index) => (index % 2 === 0 ? moveIn(inbox, index) : writeSlowly(inbox, index))))
  await until(() => inbox.names('accepted').length + inbox.names('rejected').length === 2 * count, 30_000)
  expect(performance.now() - startedAt).toBeLessThan(30_000)

  const texts = new Map(inbox.submitted.map(({ name, text }) => [name, text]))
  expect(inbox.submitted).toHaveLength(count)
  expect(files.filter((index) => texts.get(nameOf(index)) !== textOf(index))).toEqual([])
  expect(inbox.names('accepted')).toHaveLength(2 * (count - bad.length))
  expect(inbox.names('rejected').filter((name) => name.endsWith('.error.json'))).toHaveLength(bad.length)
  expect(isWhole(readFileSync(join(inbox.folder, 'accepted', nameOf(999)), 'utf8'))).toBe(true)
  expect([...inbox.names(), ...inbox.names('claimed')]).toEqual([])
})

async function moveIn(inbox: Rig, index: number): Promise<void> {
  await sleep(index / 2)
  inbox.drop(nameOf(index), textOf(index))
}

async function writeSlowly(inbox: Rig, index: number): Promise<void> {
  await sleep(index / 2)
  const text = textOf(index)
  const path = join(inbox.folder, nameOf(index))
  const third = Math.ceil(text.length / 3)
  writeFileSync(path, text.slice(0, third))
  await sleep(50)
  appendFileSync(path, text.slice(third, 2 * third))
  await sleep(50)
  appendFileSync(path, text.slice(2 * third))
}
