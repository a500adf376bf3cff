import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { badPlan, goodPlan, startInbox, until } from './rig.ts'

const drops = process.env['ORCHD_TEST_SIZE'] === 'long' ? 100 : 30

test('a plan that is moved in is submitted once and put into accepted/ with a note that names the run', async () => {
  const inbox = await startInbox()
  inbox.drop('a.yaml')
  await until(() => inbox.names('accepted').length === 2)
  expect(inbox.names('accepted')).toEqual(['a.yaml', 'a.yaml.accepted.json'])
  expect(readFileSync(join(inbox.folder, 'accepted/a.yaml'), 'utf8')).toBe(goodPlan('a.yaml'))
  expect(inbox.json('accepted/a.yaml.accepted.json')).toEqual({ run_id: 'r1', created: true, at: expect.any(String) })
  expect(inbox.submitted).toEqual([{ name: 'a.yaml', text: goodPlan('a.yaml') }])
  expect(inbox.names()).toEqual([])
  expect(inbox.names('claimed')).toEqual([])
})

test('a plan that is wrong is put into rejected/ with its diagnostics beside it', async () => {
  const inbox = await startInbox()
  inbox.drop('b.yml', badPlan)
  await until(() => inbox.names('rejected').length === 2)
  expect(inbox.names('rejected')).toEqual(['b.yml', 'b.yml.error.json'])
  const error = inbox.json('rejected/b.yml.error.json')
  expect(error).toMatchObject({ valid: false, diagnostics: [{ code: 'SCHEMA', file: 'b.yml', line: 1 }] })
})

test('a plan that is written in place is taken when it has rested', async () => {
  const inbox = await startInbox()
  writeFileSync(join(inbox.folder, 'c.json'), '{"plan": 1}\n')
  await until(() => inbox.submitted.length === 1)
  expect(inbox.submitted[0]?.text).toBe('{"plan": 1}\n')
})

test('a plan that came by rename does not wait for the settling time', async () => {
  const inbox = await startInbox({ settleMs: 60_000 })
  await until(() => inbox.events.some((event) => event.type === 'watching'))
  inbox.drop('quick.yaml')
  await until(() => inbox.names('accepted').length === 2)
  expect(inbox.submitted).toHaveLength(1)
})

test('plans that lay there before the start are found', async () => {
  const inbox = await startInbox({
    prepare(folder) {
      mkdirSync(folder)
      writeFileSync(join(folder, 'early.yaml'), goodPlan('early'))
    },
  })
  await until(() => inbox.names('accepted').includes('early.yaml'))
  expect(inbox.submitted).toHaveLength(1)
})

test('other names are left alone', async () => {
  const inbox = await startInbox()
  const others = [
    '.hidden.yaml',
    'a.yaml.tmp',
    'a.yaml.part',
    'a.yaml~',
    '.a.yaml.swp',
    '#a.yaml',
    'notes.txt',
    'x.error.json',
    'x.accepted.json',
  ]
  for (const name of others) inbox.drop(name)
  mkdirSync(join(inbox.folder, 'folder.yaml'))
  inbox.drop('last.yaml')
  await until(() => inbox.names('accepted').includes('last.yaml'))
  await until(() => inbox.names('claimed').length === 0)
  expect(inbox.submitted).toHaveLength(1)
  expect(others.every((name) => existsSync(join(inbox.folder, name)))).toBe(true)
  expect(existsSync(join(inbox.folder, 'folder.yaml'))).toBe(true)
})

test(`the same plan dropped ${drops} times is one run, and every copy keeps a note that names it`, async () => {
  const inbox = await startInbox()
  for (let count = 1; count <= drops; count++) {
    inbox.drop('same.yaml', goodPlan('same'))
    await until(() => inbox.names('accepted').length === 2 * count)
  }
  const notes = inbox.names('accepted').filter((name) => name.endsWith('.accepted.json'))
  const runs = notes.map((name) => inbox.json(`accepted/${name}`))
  expect(new Set(runs.map((note) => note['run_id']))).toEqual(new Set(['r1']))
  expect(runs.filter((note) => note['created'] === true)).toHaveLength(1)
  expect(inbox.names('accepted')).toContain('same.r1.yaml')
})

test('files of the same name never overwrite each other', async () => {
  const inbox = await startInbox()
  for (const text of ['plan: 1\n', 'plan: 2\n', 'plan: 3\n']) {
    const before = inbox.names('rejected').length
    inbox.drop('bad.yaml', text)
    await until(() => inbox.names('rejected').length === before + 2)
  }
  const kept = inbox.names('rejected').filter((name) => name.endsWith('.yaml'))
  expect(kept).toEqual(['bad.2.yaml', 'bad.3.yaml', 'bad.yaml'])
  const texts = kept.map((name) => readFileSync(join(inbox.folder, 'rejected', name), 'utf8'))
  expect(new Set(texts).size).toBe(3)
})

test('a rejected plan that is mended and moved back is accepted', async () => {
  const inbox = await startInbox()
  inbox.drop('mend.yaml', badPlan)
  await until(() => inbox.names('rejected').includes('mend.yaml'))
  writeFileSync(join(inbox.folder, 'rejected/mend.yaml'), goodPlan('mend'))
  renameSync(join(inbox.folder, 'rejected/mend.yaml'), join(inbox.folder, 'mend.yaml'))
  await until(() => inbox.names('accepted').includes('mend.yaml'))
  expect(inbox.submitted.map(({ text }) => text)).toEqual([badPlan, goodPlan('mend')])
})

test('a name that leaves no room for notes is shortened, the same way each time', async () => {
  const inbox = await startInbox()
  const name = `${'ü'.repeat(122)}.yaml`
  inbox.drop(name)
  await until(() => inbox.names('accepted').length === 2)
  inbox.drop(name)
  await until(() => inbox.names('accepted').length === 4)
  expect(inbox.submitted[0]?.name).toMatch(/^ü{60}-[0-9a-f]{12}\.yaml$/)
  expect(inbox.submitted[1]?.name).toBe(inbox.submitted[0]?.name)
})
