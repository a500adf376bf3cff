import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import { homeFolder } from '../../src/engine/attempts.ts'
import { createHomes } from '../../src/engine/homes.ts'
import { prompt, work } from '../report/worked.ts'
import { defaultRetry, plan, step } from '../support/plans.ts'
import { failure, KernelRun, someRun, success } from '../support/runs.ts'

function rig() {
  const stateFolder = mkdtempSync(join(tmpdir(), 'orchd-homes-'))
  onTestFinished(() => rmSync(stateFolder, { recursive: true }))
  const home = (id: string): string => homeFolder(stateFolder, { runId: someRun, step: stepId(id) })
  const made = (id: string): void => void mkdirSync(home(id), { recursive: true })
  return { stateFolder, made, has: (id: string): boolean => existsSync(home(id)) }
}

const retry = { ...defaultRetry, maxAttempts: 2 }
const failed = { ...failure, cause: 'agent_error', session: 's1' } as const

test('a home stays for the attempt that goes on in it, and goes with the step', () => {
  const { stateFolder, made, has } = rig()
  const { observer } = createHomes(stateFolder)
  const run = new KernelRun(plan([step('a', [], { ...prompt('claude_code'), retry })]))
  const told = (act: () => void): void => {
    const before = run.state
    act()
    observer([{ entry: { seq: 1, runId: someRun, event: run.events.at(-1)! }, before, after: run.state }])
  }
  told(() => run.start('a', 'claude_code'))
  made('a')
  told(() => run.finish('a', failed))
  expect(has('a')).toBe(true)
  run.pass(600_000)
  told(() => run.start('a', 'claude_code'))
  told(() => run.finish('a', { ...success, session: 's1' }))
  expect(has('a')).toBe(false)
})

test('what an earlier holder did not come to remove, the next one does', () => {
  const { stateFolder, made, has } = rig()
  const run = new KernelRun(
    plan([step('a', [], { ...prompt('claude_code'), retry }), step('b', [], prompt('claude_code'))]),
  )
  work(run, 'a', 'claude_code', failed)
  work(run, 'b', 'claude_code', success)
  for (const id of ['a', 'b', 'gone']) made(id)
  createHomes(stateFolder).sweep([run.state])
  expect(['a', 'b', 'gone'].map(has)).toEqual([true, false, false])
})
