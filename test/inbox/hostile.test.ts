import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  linkSync,
  lstatSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { goodPlan, startInbox, until, type Rig } from './rig.ts'

const codeOf = (inbox: Rig, file: string): unknown => {
  const { diagnostics } = inbox.json(`rejected/${file}.error.json`)
  return Array.isArray(diagnostics) ? diagnostics[0]?.code : null
}

const rejectedWith = async (inbox: Rig, file: string): Promise<unknown> => {
  await until(() => inbox.names('rejected').includes(`${file}.error.json`) && inbox.names('rejected').includes(file))
  return codeOf(inbox, file)
}

/** Proves that the inbox still works. */
const stillWorks = async (inbox: Rig): Promise<void> => {
  inbox.drop('after.yaml')
  await until(() => inbox.names('accepted').includes('after.yaml'))
  expect(inbox.submitted.map(({ name }) => name)).toEqual(['after.yaml'])
}

test('a symbolic link is rejected and its target is neither read nor touched', async () => {
  const inbox = await startInbox()
  const target = join(inbox.outside, 'target.yaml')
  writeFileSync(target, goodPlan('target'))
  symlinkSync(target, join(inbox.folder, 'link.yaml'))
  symlinkSync('/nowhere', join(inbox.folder, 'dangling.yaml'))
  expect(await rejectedWith(inbox, 'link.yaml')).toBe('INBOX_LINK')
  expect(await rejectedWith(inbox, 'dangling.yaml')).toBe('INBOX_LINK')
  expect(lstatSync(join(inbox.folder, 'rejected/link.yaml')).isSymbolicLink()).toBe(true)
  expect(readFileSync(target, 'utf8')).toBe(goodPlan('target'))
  await stillWorks(inbox)
})

test('a fifo without a writer blocks nothing', async () => {
  const inbox = await startInbox()
  for (let count = 0; count < 10; count++) execFileSync('mkfifo', [join(inbox.folder, `fifo${count}.yaml`)])
  expect(await rejectedWith(inbox, 'fifo9.yaml')).toBe('INBOX_NOT_A_FILE')
  await stillWorks(inbox)
})

test('a socket is rejected', async () => {
  const inbox = await startInbox()
  const server = createServer().listen(join(inbox.folder, 's.yaml'))
  onTestFinished(() => void server.close())
  expect(await rejectedWith(inbox, 's.yaml')).toBe('INBOX_NOT_A_FILE')
  await stillWorks(inbox)
})

test('a file with a second name elsewhere is rejected', async () => {
  const inbox = await startInbox()
  writeFileSync(join(inbox.outside, 'first'), goodPlan('first'))
  linkSync(join(inbox.outside, 'first'), join(inbox.folder, 'second.yaml'))
  expect(await rejectedWith(inbox, 'second.yaml')).toBe('INBOX_HARD_LINK')
  await stillWorks(inbox)
})

test('a file that is linked in and then loses its first name is accepted, as mail programs deliver', async () => {
  const inbox = await startInbox()
  writeFileSync(join(inbox.outside, 'first'), goodPlan('first'))
  linkSync(join(inbox.outside, 'first'), join(inbox.folder, 'mail.yaml'))
  unlinkSync(join(inbox.outside, 'first'))
  await until(() => inbox.names('accepted').includes('mail.yaml'))
  expect(inbox.submitted).toHaveLength(1)
})

test('a file above 1 MiB is rejected without being read, and one of exactly 1 MiB is not', async () => {
  const inbox = await startInbox()
  writeFileSync(join(inbox.outside, 'huge'), '')
  truncateSync(join(inbox.outside, 'huge'), 1024 ** 4)
  execFileSync('mv', [join(inbox.outside, 'huge'), join(inbox.folder, 'huge.yaml')])
  expect(await rejectedWith(inbox, 'huge.yaml')).toBe('INBOX_TOO_BIG')
  inbox.drop('over.yaml', 'x'.repeat(1024 * 1024 + 1))
  expect(await rejectedWith(inbox, 'over.yaml')).toBe('INBOX_TOO_BIG')
  inbox.drop('exact.yaml', 'x'.repeat(1024 * 1024))
  expect(await rejectedWith(inbox, 'exact.yaml')).toBe('SCHEMA')
})

test('an empty file is given time and then rejected', async () => {
  const inbox = await startInbox()
  writeFileSync(join(inbox.folder, 'empty.yaml'), '')
  expect(await rejectedWith(inbox, 'empty.yaml')).toBe('SCHEMA')
})

test.runIf(process.getuid?.() === 0)('a file of another user is rejected', async () => {
  const inbox = await startInbox()
  writeFileSync(join(inbox.outside, 'theirs'), goodPlan('theirs'))
  execFileSync('chown', ['12345', join(inbox.outside, 'theirs')])
  execFileSync('mv', [join(inbox.outside, 'theirs'), join(inbox.folder, 'theirs.yaml')])
  expect(await rejectedWith(inbox, 'theirs.yaml')).toBe('INBOX_OWNER')
})

test('nothing is taken from a folder into which everyone may write, until that is mended', async () => {
  const inbox = await startInbox({ rescanMs: 30 })
  chmodSync(inbox.folder, 0o777)
  await until(() => inbox.events.some((event) => event.type === 'trouble' && event.message.includes('chmod o-w')))
  inbox.drop('after.yaml')
  await new Promise((resolve) => setTimeout(resolve, 150)) // five listings: long enough for a wrong inbox to take it
  expect(inbox.names()).toEqual(['after.yaml'])
  chmodSync(inbox.folder, 0o755)
  await until(() => inbox.names('accepted').includes('after.yaml'))
  expect(inbox.events.filter(({ type }) => type === 'trouble' || type === 'recovered')).toHaveLength(2)
})
