import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { parseClaude } from '../../src/agents/claude/parse.ts'
import { concludeAgent } from '../../src/agents/cli/conclude.ts'
import { defaultCaps } from '../../src/agents/raw-log.ts'
import { createRedactor } from '../../src/base/redact.ts'
import { attemptOf } from './attempt.ts'
import { exited } from './streams.ts'

const limitTo = (soft: string): string => `prlimit --pid ${process.pid} --nofile=${soft}:`

/** Takes all descriptors from this process; what it writes a line to gives them back. */
async function withoutDescriptors(): Promise<ChildProcess> {
  const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? ''
  const keeper = spawn('sh', ['-c', `${limitTo('3')}; echo taken; read line; ${limitTo(limit)}; echo given`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(keeper.stdout, 'data')
  return keeper
}

test('what an agent told is not lost when there is no descriptor to read it with: that passes', async () => {
  const stateFolder = mkdtempSync(join(tmpdir(), 'orchd-descriptors-'))
  onTestFinished(() => rmSync(stateFolder, { recursive: true, force: true }))
  const attempt = attemptOf({ stateFolder, rest: { agent: 'claude_code' } })
  mkdirSync(attempt.folder, { recursive: true })
  copyFileSync('test/fixtures/streams/claude/edit.jsonl', join(attempt.folder, 'output.raw'))
  const how = {
    parse: parseClaude,
    atExit: null,
    allowDenied: false,
    redactor: createRedactor([]),
    caps: defaultCaps,
    price: null,
    sessions: null,
  }
  const keeper = await withoutDescriptors()
  const concluding = concludeAgent(attempt, exited(0), how, new AbortController().signal)
  setTimeout(() => keeper.stdin?.write('\n'), 100)
  const [result] = await Promise.allSettled([concluding, once(keeper, 'exit')])
  expect(result).toMatchObject({ value: { outcome: 'success' } })
})
