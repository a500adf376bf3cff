import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'
import { Random } from '../support/random.ts'
import { long, report, seed } from './size.ts'

/** What people ask for is the third event of each of these runs: behind its submission, and a gate or a start. */
const point = 3
const questions = {
  approve: {
    plan: 'name: gated\nsteps:\n  - { id: ok, approval: { prompt: "Go on?" } }\n  - { id: a, depends_on: [ok], run: echo a >> effects.txt }\n',
    ask: ['approve'],
    rest: ['ok'],
    before: 'waiting',
    after: 'completed',
  },
  reject: {
    plan: 'name: gated\nsteps:\n  - { id: ok, approval: { prompt: "Go on?" } }\n  - { id: a, depends_on: [ok], run: echo a >> effects.txt }\n',
    ask: ['reject'],
    rest: ['ok', '-m', 'no'],
    before: 'waiting',
    after: 'failed',
  },
  cancel: {
    plan: 'name: long\nsteps:\n  - { id: a, run: sleep 1000 }\n',
    ask: ['cancel'],
    rest: [],
    before: 'running',
    after: 'cancelled',
  },
} as const
type Question = keyof typeof questions

const moments = ['before', 'written', 'committed', 'after', 'acted'] as const
type Moment = (typeof moments)[number]

/** Asks a daemon that is killed at that moment of its answer, and another one what came of it. */
async function asked(question: Question, moment: Moment): Promise<string[]> {
  const { plan, ask, rest, before, after } = questions[question]
  await using project = new Project()
  project.write('plan.yaml', plan)
  const daemon = await project.daemon({ ORCHD_TEST_CRASH: `${moment}:${point}` })
  const { run_id: id } = await project.json('run', 'plan.yaml', '--detach')
  const run = String(id)
  const status = async (): Promise<string> => String((await project.json('status', run))['status'])
  await until('it is where it is asked about', async () => (await status()) === before)
  const answer = await project.orchd(...ask, run, ...rest)
  const { signal } = await daemon.ended
  const next = await project.daemon()
  const counts = moment !== 'before' && moment !== 'written'
  const wrong: string[] = signal === 'SIGKILL' ? [] : [`the daemon ended with ${signal}`]
  if (answer.code === 0 && !counts) wrong.push('it was acknowledged although nothing was on the disk')
  if (!counts) {
    const found = await status()
    if (found !== before) wrong.push(`it is ${found} although nobody has decided`)
    const again = await project.orchd(...ask, run, ...rest)
    if (again.code !== 0) wrong.push(`it cannot be asked again: ${again.stderr}`)
  }
  await until('it is over', async () => !['waiting', 'running', 'queued'].includes(await status()))
  const found = await status()
  if (found !== after) wrong.push(`it is ${found} in the end, not ${after}`)
  next.child.kill('SIGTERM')
  await next.ended
  return wrong.map((text) => `${question}, ${moment}: ${text}`)
}

test(`seed ${seed}: killed at any moment of an answer to a person, the answer counts once it is on the disk, and only then`, async () => {
  const random = new Random(seed)
  const all = moments.flatMap((moment) =>
    (Object.keys(questions) as Question[]).map((question) => ({ question, moment })),
  )
  const chosen = long ? all : Array.from({ length: 3 }, () => random.pick(all))
  const wrong: string[] = []
  for (const { question, moment } of chosen) wrong.push(...(await asked(question, moment)))
  report('answers to people', { points: chosen.length, of: all.length, wrong })
  expect(wrong).toEqual([])
})
