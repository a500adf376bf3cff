import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { OrchdError } from '../../src/base/errors.ts'
import type { Submitted } from '../../src/surfaces/inbox/take-in.ts'
import { acceptWholePlans, goodPlan, startInbox, until } from './rig.ts'

test('a file that an earlier process had claimed is submitted again under its own name', async () => {
  const inbox = await startInbox({
    prepare(folder) {
      mkdirSync(join(folder, 'claimed'), { recursive: true })
      writeFileSync(join(folder, 'claimed/0123456789ab-left.yaml'), goodPlan('left'))
      writeFileSync(join(folder, 'claimed/not ours.yaml'), goodPlan('other'))
    },
  })
  await until(() => inbox.names('accepted').includes('left.yaml'))
  expect(inbox.submitted).toEqual([{ name: 'left.yaml', text: goodPlan('left') }])
  expect(inbox.names('claimed')).toEqual(['not ours.yaml'])
})

test('a file whose submission is under way at the stop is finished first; one that waits stays in the inbox', async () => {
  const answers = [Promise.withResolvers<Submitted>(), Promise.withResolvers<Submitted>()]
  let asked = 0
  const submit = (): Promise<Submitted> => answers[asked++]!.promise
  const inbox = await startInbox({ submit, concurrency: 1 })
  inbox.drop('first.yaml')
  await until(() => asked === 1)
  inbox.drop('second.yaml')
  const stopped = inbox.stop()
  answers[0]!.resolve({ accepted: true, runId: 'r1', created: true })
  await stopped
  expect(asked).toBe(1)
  expect(inbox.names('accepted')).toContain('first.yaml')
  expect(inbox.names()).toEqual(['second.yaml'])
})

test('while the engine is stopping files stay claimed, and the next start takes them in once', async () => {
  const inbox = await startInbox({
    submit: async () => {
      throw new OrchdError('DRAINING', 'the engine is stopping')
    },
  })
  inbox.drop('later.yaml')
  await until(() => inbox.events.some(({ type }) => type === 'trouble'))
  await inbox.stop()
  expect(inbox.names('claimed')).toHaveLength(1)
  const next = await startInbox({ folder: inbox.folder })
  await until(() => next.names('accepted').includes('later.yaml'))
  expect(next.submitted).toHaveLength(1)
})

test('a passing failure is tried again and one of the file rejects it', async () => {
  const accepted: { name: string; text: string }[] = []
  const accept = acceptWholePlans(accepted)
  let full = true
  const inbox = await startInbox({
    submit: async (bytes, name) => {
      if (name === 'crash.yaml') throw new TypeError('a bug')
      if (name === 'big.yaml') throw new OrchdError('SIZE_LIMIT', 'too many steps')
      if (full) throw new OrchdError('DISK_FULL', 'no space')
      return accept(bytes, name)
    },
  })
  inbox.drop('waits.yaml')
  await until(() => inbox.events.some(({ type }) => type === 'trouble'))
  full = false
  inbox.drop('crash.yaml')
  inbox.drop('big.yaml')
  await until(() => inbox.names('accepted').includes('waits.yaml'))
  await until(() => inbox.names('rejected').length === 4)
  expect(inbox.json('rejected/crash.yaml.error.json')).toMatchObject({
    diagnostics: [{ code: 'INTERNAL', message: 'a bug' }],
  })
  expect(inbox.json('rejected/big.yaml.error.json')).toMatchObject({ diagnostics: [{ code: 'SIZE_LIMIT' }] })
})

test('a folder that is deleted is made again, and plans are found at once as before', async () => {
  const inbox = await startInbox({ rescanMs: 30, settleMs: 60_000 })
  rmSync(inbox.folder, { recursive: true })
  await until(() => inbox.events.filter(({ type }) => type === 'watching').length === 2)
  inbox.drop('again.yaml')
  await until(() => inbox.names('accepted').length === 2)
  expect(inbox.submitted).toHaveLength(1)
})

test('a folder that a file stands in for is reported once, and used when it is there', async () => {
  const inbox = await startInbox({ rescanMs: 30, prepare: (folder) => writeFileSync(folder, 'in the way') })
  expect(inbox.events).toMatchObject([{ type: 'trouble', message: expect.stringContaining('cannot use the inbox') }])
  rmSync(inbox.folder)
  await until(() => inbox.events.some(({ type }) => type === 'recovered'))
  inbox.drop('now.yaml')
  await until(() => inbox.names('accepted').includes('now.yaml'))
})

test('an accepted plan is put away when its folder can be written again, and submitted no second time', async () => {
  let asked = 0
  const inbox = await startInbox({
    rescanMs: 60_000,
    // After the inbox looked at its folders and before it needs one of them.
    submit: async () => {
      asked++
      renameSync(join(inbox.folder, 'accepted'), join(inbox.folder, 'moved'))
      return { accepted: true, runId: 'r1', created: true }
    },
  })
  await until(() => inbox.events.some(({ type }) => type === 'watching'))
  inbox.drop('kept.yaml')
  await until(() => inbox.events.some(({ type }) => type === 'trouble'))
  expect(inbox.names('claimed')).toHaveLength(1)
  renameSync(join(inbox.folder, 'moved'), join(inbox.folder, 'accepted'))
  await until(() => inbox.names('accepted').length === 2)
  expect(asked).toBe(1)
  expect(inbox.json('accepted/kept.yaml.accepted.json')).toMatchObject({ run_id: 'r1', created: true })
  expect(readFileSync(join(inbox.folder, 'accepted/kept.yaml'), 'utf8')).toBe(goodPlan('kept.yaml'))
})
