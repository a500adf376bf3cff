import { appendFileSync, closeSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { goodPlan, isWhole, startInbox, until } from './rig.ts'

const settleMs = 40

/** The sleeps of this file are the hostile part: they are the pauses of a slow writer, not what the test relies on. */
const pauses = (count: number): Promise<void> => sleep(count * settleMs)

test.runIf(process.platform === 'linux')(
  'a file that its writer keeps open is not taken, however long it rests',
  async () => {
    const inbox = await startInbox({ settleMs })
    const text = goodPlan('open.yaml')
    const file = openSync(join(inbox.folder, 'open.yaml'), 'w')
    writeSync(file, text.slice(0, 15))
    await pauses(12)
    expect(inbox.names()).toEqual(['open.yaml'])
    writeSync(file, text.slice(15))
    closeSync(file)
    await until(() => inbox.names('accepted').includes('open.yaml'))
    expect(inbox.submitted).toEqual([{ name: 'open.yaml', text }])
  },
)

test.runIf(process.platform === 'linux')(
  'a file that is moved in while its writer still has it open is not taken early',
  async () => {
    const inbox = await startInbox({ settleMs })
    const text = goodPlan('moved.yaml')
    const file = openSync(join(inbox.outside, 'draft'), 'w')
    writeSync(file, text.slice(0, 15))
    renameSync(join(inbox.outside, 'draft'), join(inbox.folder, 'moved.yaml'))
    await pauses(4)
    writeSync(file, text.slice(15))
    closeSync(file)
    await until(() => inbox.names('accepted').includes('moved.yaml'))
    expect(inbox.submitted).toHaveLength(1)
  },
)

test('a text that is appended piece by piece, the file closed in between, is waited for when it ends inside a line', async () => {
  const inbox = await startInbox({ settleMs })
  const text = goodPlan('pieces.yaml')
  writeFileSync(join(inbox.folder, 'pieces.yaml'), text.slice(0, 5))
  await pauses(3)
  appendFileSync(join(inbox.folder, 'pieces.yaml'), text.slice(5, 12))
  await pauses(3)
  appendFileSync(join(inbox.folder, 'pieces.yaml'), text.slice(12))
  await until(() => inbox.names('accepted').includes('pieces.yaml'))
  expect(inbox.submitted).toEqual([{ name: 'pieces.yaml', text }])
})

test('a text that ends with a line but is no valid plan yet is waited for', async () => {
  const inbox = await startInbox({ settleMs, isValid: async (bytes) => isWhole(Buffer.from(bytes).toString()) })
  const text = goodPlan('lines.yaml')
  const cut = text.indexOf('\n') + 1
  writeFileSync(join(inbox.folder, 'lines.yaml'), text.slice(0, cut))
  await pauses(3)
  appendFileSync(join(inbox.folder, 'lines.yaml'), text.slice(cut))
  await until(() => inbox.names('accepted').includes('lines.yaml'))
  expect(inbox.submitted).toHaveLength(1)
})

test('a writer that paused once is given twice that pause before its text counts as complete', async () => {
  const inbox = await startInbox({ settleMs })
  const path = join(inbox.folder, 'rhythm.yaml')
  const text = goodPlan('rhythm.yaml')
  const [first, second, third] = [text.slice(0, 7), text.slice(7, text.indexOf('end')), text.slice(text.indexOf('end'))]
  writeFileSync(path, first)
  await pauses(3)
  appendFileSync(path, second) // ends with a line
  await pauses(3)
  appendFileSync(path, third)
  await until(() => inbox.names('accepted').includes('rhythm.yaml'))
  expect(inbox.submitted).toHaveLength(1)
})

test('a file that never stops growing holds up no other', async () => {
  const inbox = await startInbox({ settleMs })
  const growing = setInterval(() => appendFileSync(join(inbox.folder, 'growing.yaml'), 'more: text\n'), 5)
  onTestFinished(() => clearInterval(growing))
  for (const name of ['one.yaml', 'two.yaml', 'three.yaml']) {
    inbox.drop(name)
    await until(() => inbox.names('accepted').includes(name))
  }
  expect(inbox.names()).toEqual(['growing.yaml'])
})
