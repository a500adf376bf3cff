import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { probe } from '../../src/surfaces/doctor/probe.ts'
import { healthy } from './facts.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'orchd-doctor-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const systemPath = process.env['PATH'] ?? '/usr/bin:/bin'

test('what is on the machine is found, and folders are looked at without being made', async () => {
  const root = temporaryFolder()
  const stateFolder = join(root, 'not/there')
  const found = await probe({ ...healthy, path: systemPath, stateFolder, inbox: root })
  expect(found).toMatchObject({ node: process.versions.node, sh: 'sh', collectorListens: null })
  expect(found.stateProbe).toMatchObject({ isThere: false, isWritable: true, mode: 0 })
  expect(found.stateProbe.freeBytes).toBeGreaterThan(0)
  expect(found.inboxProbe).toMatchObject({ isThere: true, isFolder: true, isOurs: true, mode: 0o700 })
})

test('a program that is missing, fails or hangs counts as not there', async () => {
  const bin = temporaryFolder()
  writeFileSync(join(bin, 'git'), '#!/bin/sh\nexit 1\n')
  writeFileSync(join(bin, 'bash'), '#!/bin/sh\nexec /bin/sleep 60\n')
  writeFileSync(join(bin, 'perl'), '#!/bin/sh\necho "perl v5"; echo "${OPENAI_API_KEY-no secret}" >&2\n')
  for (const name of ['git', 'bash', 'perl']) chmodSync(join(bin, name), 0o755)
  const found = await probe({ ...healthy, path: bin, stateFolder: bin, inbox: bin })
  expect(found).toMatchObject({ git: null, bash: null, perl: 'perl v5', sh: null })
})

test('a collector that listens is told from one that does not', async () => {
  const server = createServer((socket) => socket.end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const root = temporaryFolder()
  mkdirSync(join(root, 'inbox'))
  const at = async (): Promise<boolean | null> => {
    const tracesUrl = `http://127.0.0.1:${port}/v1/traces`
    return (await probe({ ...healthy, path: '', stateFolder: root, inbox: root, tracesUrl })).collectorListens
  }
  expect(await at()).toBe(true)
  await new Promise((resolve) => server.close(resolve))
  expect(await at()).toBe(false)
})
