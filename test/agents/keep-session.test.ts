import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { keepSession } from '../../src/agents/cli/keep-session.ts'
import { createRedactor } from '../../src/base/redact.ts'

test('of a home only the files of the session are kept, without secrets', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'orchd-session-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [from, to] = [join(folder, 'projects'), join(folder, 'kept')]
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  write('projects/-p/s-1.jsonl', '{"text":"the key is correct-horse"}\n{"text":"and so on"}\n')
  write('projects/-p/s-1/tools/1.txt', 'a part of it')
  write('projects/-p/s-2.jsonl', 'another')
  write('secret', 'not of the agent')
  symlinkSync(join(folder, 'secret'), join(from, 'link-s-1'))
  write('kept/-p/s-0.jsonl', 'of an earlier time')
  await keepSession(from, 's-1', to, createRedactor(['correct-horse']))
  const kept = (name: string): string => readFileSync(join(to, name), 'utf8')
  expect(kept('-p/s-1.jsonl')).toBe('{"text":"the key is ***"}\n{"text":"and so on"}\n')
  expect(kept('-p/s-1/tools/1.txt')).toBe('a part of it')
  expect(['-p/s-2.jsonl', '-p/s-0.jsonl', 'link-s-1'].filter((name) => existsSync(join(to, name)))).toEqual([])
})
