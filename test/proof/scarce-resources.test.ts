import { chownSync, readdirSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'
import { ask } from '../http/raw.ts'
import { fileLimit, limitedUser, MemoryGroup, processLimit } from './limits.ts'
import { report } from './size.ts'

type Step = { id: string; status: string; outcome: string | null; cause: string | null; attempts: number }
type Run = { status: string; steps: Step[]; error: unknown }

/** Steps that need nothing of each other, each with an effect. */
const plan = (steps: number, seconds: number): string =>
  [
    'name: many',
    'defaults: { retry: { max_attempts: 10, delay: 200ms, backoff: fixed } }',
    'steps:',
    ...Array.from(
      { length: steps },
      (_, i) => `  - { id: s${i}, run: "echo step ${i}; sleep ${seconds}; echo s${i} >> effects.txt" }`,
    ),
  ].join('\n')

/** Submits until it is taken: a holder that lacks something may refuse, with a code and a reason. */
async function submit(project: Project, text: string, refusals: string[]): Promise<string> {
  const headers = { 'content-type': 'application/yaml' }
  for (;;) {
    const body = { method: 'POST', headers, body: text }
    const answer = await ask(project.path('.orchd/orchd.sock'), '/api/v1/runs', body).catch(() => null)
    if (answer?.status === 202) return (answer.json as { run_id: string }).run_id
    refusals.push(answer === null ? 'no answer' : `${answer.status} ${answer.text}`)
    if (refusals.length > 100) throw new Error(`never taken: ${refusals.at(-1)}`)
    await delay(100)
  }
}

async function ended(project: Project, id: string): Promise<Run> {
  let run: Run | null = null
  await until(
    `run ${id} has ended`,
    async () => {
      const answer = await ask(project.path('.orchd/orchd.sock'), `/api/v1/runs/${id}`).catch(() => null)
      run = answer?.status === 200 ? (answer.json as Run) : null // the response contract
      return run !== null && ['completed', 'failed', 'cancelled'].includes(run.status)
    },
    60_000,
  )
  return run!
}

const effectsOf = (project: Project): string[] => project.read('effects.txt').trimEnd().split('\n').toSorted()
const names = (steps: number): string[] => Array.from({ length: steps }, (_, i) => `s${i}`).toSorted()

/** The most that a process has had in memory, in MB. */
const peakMegabytes = (pid: number): number =>
  Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)

async function stopped(daemon: Awaited<ReturnType<Project['daemon']>>): Promise<string> {
  daemon.child.kill('SIGTERM')
  const { code, signal, stderr } = await daemon.ended
  expect([code, signal, stderr.includes('INTERNAL')], stderr).toEqual([0, null, false])
  return stderr
}

test('with 128 file descriptors, all of them taken for a while, every step has its effect once', async () => {
  await using project = new Project({ MAX_PARALLEL_AGENTS: '16' }, fileLimit(128))
  const daemon = await project.daemon()
  const refusals: string[] = []
  const id = await submit(project, plan(60, 0.1), refusals)
  const connections: Socket[] = Array.from({ length: 200 }, () => connect(project.path('.orchd/orchd.sock')))
  for (const connection of connections) connection.on('error', () => {}) // refused: that is the point
  await until('it has no descriptor left', () => open(daemon.child.pid!) >= 127)
  const second = submit(project, 'name: p\nsteps: [{ id: a, run: "true" }]', refusals)
  await delay(1500) // steps begin and end meanwhile
  for (const connection of connections) connection.destroy()
  const [run, other] = [await ended(project, id), await ended(project, await second)]
  expect([run.status, other.status], JSON.stringify(run)).toEqual(['completed', 'completed'])
  expect(effectsOf(project)).toEqual(names(60))
  for (let i = 0; i < 60; i++) {
    const log = await ask(project.path('.orchd/orchd.sock'), `/api/v1/runs/${id}/steps/s${i}/log`)
    expect(log.text).toBe(`step ${i}\n`)
  }
  const log = await stopped(daemon)
  report('128 descriptors', { refusals: refusals.length, retried: retried(run), log: log.split('\n').length })
})

const open = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length
const retried = ({ steps }: Run): number => steps.filter(({ attempts }) => attempts > 1).length

test('with too few processes steps wait for one, and one that makes too many fails alone', async () => {
  await using project = new Project({ MAX_PARALLEL_AGENTS: '24' }, processLimit(24))
  for (const folder of [project.folder, project.path('.orchd')]) chownSync(folder, limitedUser, limitedUser)
  const daemon = await project.daemon()
  const refusals: string[] = []
  const run = await ended(project, await submit(project, plan(20, 0.3), refusals))
  expect(run.status, JSON.stringify(run)).toBe('completed')
  expect(effectsOf(project)).toEqual(names(20))
  const greedy =
    'name: greedy\nsteps: [{ id: a, run: "for i in $(seq 40); do sleep 2 & done; wait" }, { id: b, run: "true" }]'
  const failed = await ended(project, await submit(project, greedy, refusals))
  expect(failed.steps).toMatchObject([
    { id: 'a', outcome: 'failure', cause: 'exit_nonzero' },
    { id: 'b', outcome: 'success' },
  ])
  const again = await ended(project, await submit(project, 'name: p\nsteps: [{ id: a, run: "true" }]', refusals))
  expect(again.status).toBe('completed')
  await stopped(daemon)
  report('24 processes', { refusals: refusals.length, retried: retried(run) })
})

test('in 512 MB a step that takes more is ended, and the daemon and the other steps are not', async () => {
  using group = new MemoryGroup(512 * 2 ** 20)
  await using project = new Project({ MAX_PARALLEL_AGENTS: '8' }, group.wrapper)
  const daemon = await project.daemon()
  const hog = `  - { id: hog, retry: { max_attempts: 1 }, run: "perl -e '$x = 1 x (900 << 20); sleep 60'" }`
  const id = await submit(project, `${plan(40, 0.1)}\n${hog}\n`, [])
  const run = await ended(project, id)
  const { hog: killed, ...others } = Object.fromEntries(run.steps.map((step) => [step.id, step]))
  expect(killed).toMatchObject({ outcome: 'failure', cause: 'crashed' })
  expect(Object.values(others).map(({ outcome }) => outcome)).toEqual(Array.from({ length: 40 }, () => 'success'))
  expect(effectsOf(project)).toEqual(names(40))
  const megabytes = peakMegabytes(daemon.child.pid!)
  expect(megabytes).toBeLessThan(256)
  await stopped(daemon)
  await until('nothing of it is left', () => group.processes === 0)
  report('512 MB', { peakMegabytes: megabytes })
})
