import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { nothingSeen, see } from '../../src/agents/cli/seen.ts'
import { withSession } from '../../src/agents/cli/sessions.ts'
import { ToolTimes } from '../../src/agents/cli/tool-times.ts'
import { attemptOf } from './attempt.ts'

const many = 20_000

test('however many tools an agent says it was refused, the first ones are kept', () => {
  let seen = nothingSeen
  for (let at = 0; at < many; at++) seen = see(seen, { type: 'permission', tool: `tool ${at}`, message: null })
  expect(seen.denied.length).toBeLessThan(100)
  expect(seen.denied[0]).toBe('tool 0')
})

test('of calls that never end, and of names and ids of any length, no more is kept than spans tell', () => {
  const times = new ToolTimes((text) => text)
  for (let at = 0; at < many; at++)
    times.take({ type: 'tool', id: `${at}${'x'.repeat(10_000)}`, name: 'Bash', status: 'started', detail: null }, at)
  const { calls, more } = times.calls(many)
  expect(calls.length + more).toBe(many)
  expect(JSON.stringify(calls).length).toBeLessThan(100_000)
})

test('a link that an agent left in the place of its sessions is not followed', () => {
  const stateFolder = mkdtempSync(join(tmpdir(), 'orchd-sessions-'))
  onTestFinished(() => rmSync(stateFolder, { recursive: true, force: true }))
  const told = { usage: null, costUsd: null }
  const attempt = attemptOf({ stateFolder, rest: { session: { id: 'abc', prompt: 'Go on', told } } })
  mkdirSync(attempt.folder, { recursive: true })
  mkdirSync(attempt.home, { recursive: true })
  const elsewhere = join(stateFolder, 'elsewhere')
  mkdirSync(elsewhere)
  writeFileSync(join(elsewhere, 'abc.jsonl'), '')
  symlinkSync(elsewhere, join(attempt.home, 'projects'))
  expect(withSession(attempt, { folder: 'projects', sums: [] }).session).toBeNull()
})
