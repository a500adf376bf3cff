import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { parseClaude } from '../../src/agents/claude/parse.ts'
import { concludeAgent } from '../../src/agents/cli/conclude.ts'
import { defaultCaps } from '../../src/agents/raw-log.ts'
import { createRedactor } from '../../src/base/redact.ts'
import { logName } from '../../src/ports/logs.ts'
import type { AgentAdapter, Attempt } from '../../src/ports/agent.ts'
import { type AttemptResult, bareResult } from '../../src/run/attempt-result.ts'
import { phaseFolder, saveRecord } from '../../src/agents/verify/record.ts'
import { createVerify } from '../../src/agents/verify/verify.ts'
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

/** Each phase ends while there is no descriptor: they come back a little later. */
const phasesOf = (name: string, end: (attempt: Attempt) => AttemptResult): AgentAdapter => ({
  name,
  start(attempt, report) {
    mkdirSync(attempt.folder, { recursive: true })
    const result = end(attempt)
    const ended = async (): Promise<void> => {
      const keeper = await withoutDescriptors()
      report(result)
      setTimeout(() => keeper.stdin?.write('\n'), 100)
      await once(keeper, 'exit')
    }
    void ended()
  },
  attach: () => Promise.resolve('unclaimed'),
  stop() {},
})

test('work that is checked goes on when there are descriptors again, and the agent is told what the check printed', async () => {
  const stateFolder = mkdtempSync(join(tmpdir(), 'orchd-descriptors-'))
  onTestFinished(() => rmSync(stateFolder, { recursive: true, force: true }))
  const prompts: (string | null)[] = []
  const agents = phasesOf('agents', ({ prompt }) => {
    prompts.push(prompt)
    return { ...bareResult('success', null, 'done'), costUsd: 0.5 }
  })
  const shell = phasesOf('shell', ({ folder }) => {
    writeFileSync(join(folder, logName), 'two are missing\n')
    const isGreen = prompts.length > 1
    return { ...bareResult(isGreen ? 'success' : 'failure', isGreen ? null : 'exit_nonzero', null), exitCode: 1 }
  })
  const more = { stateFolder, baseEnv: {}, agentNamed: () => null, secretValues: [], now: Date.now }
  const verify = createVerify({ agents, shell, ...more })
  const body = { kind: 'prompt', prompt: 'Do it.' } as const
  const spec = { body, verify: { run: 'check', maxRounds: 2 } }
  const attempt = attemptOf({ stateFolder, spec, rest: { agent: 'mine', prompt: 'Do it.' } })
  const result = await new Promise<AttemptResult>((resolve) => verify.start(attempt, resolve))
  await verify.close()
  expect(result).toMatchObject({ outcome: 'success', costUsd: 1, message: 'its check succeeded in round 2 of 2' })
  expect(prompts.at(-1)).toContain('two are missing')
})

test('a round that is taken up without descriptors is told what the check printed when there are some again', async () => {
  const stateFolder = mkdtempSync(join(tmpdir(), 'orchd-descriptors-'))
  onTestFinished(() => rmSync(stateFolder, { recursive: true, force: true }))
  const body = { kind: 'prompt', prompt: 'Do it.' } as const
  const spec = { body, verify: { run: 'check', maxRounds: 2 } }
  const attempt = attemptOf({ stateFolder, spec, rest: { agent: 'mine', prompt: 'Do it.' } })
  const check = phaseFolder(attempt.folder, 1)
  mkdirSync(check, { recursive: true })
  writeFileSync(join(check, logName), 'two are missing\n')
  const ended = [bareResult('success', null, 'done'), { ...bareResult('failure', 'exit_nonzero', null), exitCode: 1 }]
  const phases = [...ended, null].map((result) => ({ startedAt: 0, result }))
  saveRecord(attempt.folder, { phases, isOver: false })
  const started = Promise.withResolvers<Attempt>()
  const agents: AgentAdapter = {
    name: 'agents',
    start: (phase) => started.resolve(phase),
    attach: () => Promise.resolve('unclaimed'),
    stop() {},
  }
  const more = { stateFolder, baseEnv: {}, agentNamed: () => null, secretValues: [], now: Date.now }
  const verify = createVerify({ agents, shell: agents, ...more })
  const keeper = await withoutDescriptors()
  const attached = verify.attach(attempt, () => {})
  setTimeout(() => keeper.stdin?.write('\n'), 100)
  await once(keeper, 'exit')
  expect(await attached).toBe('adopted')
  expect((await started.promise).prompt).toContain('two are missing')
})
