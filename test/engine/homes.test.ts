import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import { homeFolder, homesFolder } from '../../src/engine/attempts.ts'
import { createHomes, type Ended } from '../../src/engine/homes.ts'
import { prompt, work } from '../report/worked.ts'
import { defaultRetry, plan, step } from '../support/plans.ts'
import { failure, KernelRun, someRun, success } from '../support/runs.ts'

function rig() {
  const stateFolder = mkdtempSync(join(tmpdir(), 'orchd-homes-'))
  onTestFinished(() => rmSync(stateFolder, { recursive: true }))
  const home = (id: string): string => homeFolder(stateFolder, { runId: someRun, step: stepId(id) })
  const made = (id: string): void => void mkdirSync(home(id), { recursive: true })
  const kept: Ended[] = []
  const keep = async (ended: Ended): Promise<void> => {
    expect(existsSync(ended.home)).toBe(true)
    kept.push(ended)
  }
  const homes = createHomes(stateFolder, keep)
  return {
    homes,
    made,
    kept,
    has: (id: string): boolean => existsSync(home(id)),
    all: (): readonly string[] => readdirSync(homesFolder(stateFolder)),
  }
}

const retry = { ...defaultRetry, maxAttempts: 2 }
const failed = { ...failure, cause: 'agent_error', session: 's1' } as const

test('a home stays for the attempt that goes on in it, and goes with the step, whose session is kept', async () => {
  const { homes, made, has, kept, all } = rig()
  const run = new KernelRun(plan([step('a', [], { ...prompt('claude_code'), retry })]))
  const told = (act: () => void): void => {
    const before = run.state
    act()
    homes.observer([{ entry: { seq: 1, runId: someRun, event: run.events.at(-1)! }, before, after: run.state }])
  }
  told(() => run.start('a', 'claude_code'))
  made('a')
  told(() => run.finish('a', failed))
  expect(has('a')).toBe(true)
  run.pass(600_000)
  told(() => run.start('a', 'claude_code'))
  told(() => run.finish('a', { ...success, session: 's1' }))
  expect(has('a')).toBe(false)
  await homes.close()
  expect(kept).toMatchObject([{ session: { id: 's1' }, to: expect.stringMatching(/\/_homes\/a$/) }])
  expect(all()).toEqual([])
})

test('what an earlier holder did not come to take, the next one does, with the session of a run that is over', async () => {
  const { homes, made, has, kept, all } = rig()
  const run = new KernelRun(
    plan([step('a', [], { ...prompt('claude_code'), retry }), step('b', [], prompt('claude_code'))]),
  )
  work(run, 'a', 'claude_code', failed)
  work(run, 'b', 'claude_code', { ...success, session: 's2' })
  for (const id of ['a', 'b', 'gone', 'b@over-0123']) made(id)
  homes.sweep([run.state], (id) => (id === someRun ? run.state : undefined))
  await homes.close()
  expect(['a', 'b', 'gone'].map(has)).toEqual([true, false, false])
  expect(kept.map(({ session }) => session.id)).toEqual(['s2', 's2'])
  expect(all()).toHaveLength(1)
})
