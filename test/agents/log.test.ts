import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLogReader } from '../../src/agents/log.ts'
import { shellRig, until } from './rig.ts'

const secret = 'not to be shown'
const read = createLogReader([secret], { headBytes: 100, tailBytes: 100 })

async function textOf(parts: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = []
  for await (const part of parts) all.push(part)
  return Buffer.concat(all).toString('latin1')
}

test('a log reads the same while its attempt runs, at its end, and after it is sealed', async () => {
  await using rig = shellRig({ secretValues: [secret] })
  const attempt = rig.attempt(`echo 'one ${secret} two'; until test -e go; do sleep 0.02; done; printf 'end'`)
  const ended = rig.run(attempt)
  await until('its line', () => rig.file(attempt, 'output.raw'))
  expect(await textOf(read(attempt.folder, { follow: false }))).toBe('one *** two\n')
  const following = textOf(read(attempt.folder, { follow: true }))
  writeFileSync(join(rig.stateFolder, 'go'), '')
  expect(await following).toBe('one *** two\nend')
  await ended
  expect(await textOf(read(attempt.folder, { follow: false }))).toBe('one *** two\nend')
  expect(await textOf(read(attempt.folder, { follow: true }))).toBe('one *** two\nend')
  expect(await textOf(read(attempt.folder, { follow: true, from: 8 }))).toBe('two\nend')
  expect(await textOf(read(attempt.folder, { follow: true, from: 100 }))).toBe('')
})

test('a follower sees each line soon, holds back what may be a secret, and ends with an empty attempt too', async () => {
  await using rig = shellRig()
  const attempt = rig.attempt(`for i in 1 2 3; do echo $i; until test -e go$i; do sleep 0.02; done; done`)
  const ended = rig.run(attempt)
  const seen: string[] = []
  for await (const part of read(attempt.folder, { follow: true })) {
    seen.push(Buffer.from(part).toString())
    writeFileSync(join(rig.stateFolder, `go${seen.length}`), '')
  }
  expect(seen).toEqual(['1\n', '2\n', '3\n'])
  await ended
  const silent = rig.attempt('sleep 0.1', { step: 'silent' })
  const log = textOf(read(silent.folder, { follow: true }))
  await rig.run(silent)
  expect(await log).toBe('')
})

test('a follower of an attempt that does not begin waits until it is told to stop', async () => {
  const abort = new AbortController()
  const log = textOf(read('/tmp/orchd-no-such-attempt', { follow: true, signal: abort.signal }))
  abort.abort()
  expect(await log).toBe('')
  expect(await textOf(read('/tmp/orchd-no-such-attempt', { follow: false }))).toBe('')
})

test('bytes that are no text come as they are', async () => {
  await using rig = shellRig({ secretValues: [secret] })
  const attempt = rig.attempt(String.raw`printf '\377\376\000\n\303'`)
  await rig.run(attempt)
  expect(await textOf(read(attempt.folder, { follow: false }))).toBe('\u00FF\u00FE\0\n\u00C3')
})

test('of a raw log that is too long a reader gets beginning and end, and a follower what comes too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'orchd-log-'))
  mkdirSync(folder, { recursive: true })
  const lines = Array.from({ length: 100 }, (_, index) => `line ${String(index).padStart(3, '0')}\n`).join('')
  writeFileSync(join(folder, 'output.raw'), lines)
  const shown = await textOf(read(folder, { follow: false }))
  // The lines behind the cut could be the end of a secret that is broken into lines.
  expect(shown).toBe(`${lines.slice(0, 100)}\n[... 764 bytes cut ...]\n${lines.slice(-36)}`)

  const abort = new AbortController()
  let text = ''
  for await (const part of read(folder, { follow: true, signal: abort.signal })) {
    text += Buffer.from(part).toString()
    if (text === shown) appendFileSync(join(folder, 'output.raw'), 'more\n')
    if (text.endsWith('more\n')) abort.abort()
  }
  expect(text).toBe(`${shown}more\n`)
  rmSync(folder, { recursive: true })
})

test('the log of a setup is shown where nothing came behind it', async () => {
  await using rig = shellRig()
  const attempt = rig.attempt('echo own')
  mkdirSync(join(attempt.folder, 'setup'), { recursive: true })
  writeFileSync(join(attempt.folder, 'setup/output.log'), 'no network\n')
  expect(await textOf(read(attempt.folder, { follow: false }))).toBe('orchd: setup\nno network\n')
  await rig.run(attempt)
  expect(await textOf(read(attempt.folder, { follow: false }))).toBe('own\n')
})
