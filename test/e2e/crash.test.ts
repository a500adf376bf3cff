import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { setTimeout as delay } from 'node:timers/promises'
import { Project, until } from '../../demo/support/orchd.ts'
import { Random } from '../support/random.ts'

const long = process.env['ORCHD_TEST_SIZE'] === 'long'

/** 20 steps in layers of 4; each leaves a line; s3 and s11 fail the first time. */
function twentySteps(): string {
  const text = ['name: twenty', 'steps:']
  for (let i = 0; i < 20; i++) {
    const fails = i === 3 || i === 11
    const retry = fails ? '\n    retry: { max_attempts: 2, delay: 50ms }' : ''
    const command = fails ? `echo s${i} >> effects.txt; test "$ORCHD_ATTEMPT" -gt 1` : `echo s${i} >> effects.txt`
    text.push(`  - id: s${i}\n    depends_on: [${i < 4 ? '' : `s${i - 4}`}]\n    run: ${command}${retry}`)
  }
  return `${text.join('\n')}\n`
}

const linesOf = (project: Project): Map<string, number> => {
  const counts = new Map<string, number>()
  const text = existsSync(project.path('effects.txt')) ? project.read('effects.txt').trimEnd() : ''
  for (const line of text.split('\n').filter((found) => found !== '')) counts.set(line, (counts.get(line) ?? 0) + 1)
  return counts
}

describe('killed at a journal boundary', () => {
  // 1 run_submitted, 22 attempt_started and 22 attempt_finished: every event of the plan, before and behind its commit.
  const events = 45
  // The run and its first attempts are one commit: before it nothing was acknowledged, and nothing exists.
  const firstCommit = 5

  test.each(['before', 'after'])(
    `%s each of ${events} commits, the run ends as if nothing had happened`,
    { timeout: 300_000 },
    async (when) => {
      for (let seq = 1; seq <= events; seq++) {
        const done = { signal: 'SIGKILL', code: 0, status: 'completed', completed: 20, wrong: [] }
        const never = { signal: 'SIGKILL', code: 0, status: 'never taken', completed: 0, wrong: [] }
        const expected = when === 'before' && seq <= firstCommit ? never : done
        expect(await crashAt(`${when}:${seq}`), `${when}:${seq}`).toEqual(expected)
      }
    },
  )
})

/** Kills the holder at a point, resumes, and tells what the run and its effects came to. */
async function crashAt(point: string): Promise<unknown> {
  await using project = new Project({ MAX_PARALLEL_AGENTS: '4' })
  project.write('twenty.yaml', twentySteps())
  const { signal } = await project.start(['run', 'twenty.yaml', '--json'], { ORCHD_TEST_CRASH: point }).ended
  const { code } = await project.orchd('resume', '--json')
  const [left] = JSON.parse((await project.orchd('ps', '--all', '--json')).stdout)
  if (left === undefined) {
    const wrong = existsSync(project.path('effects.txt')) ? ['a step of a run that does not exist ran'] : []
    return { signal, code, status: 'never taken', completed: 0, wrong }
  }
  const run = await project.json('status', String(left.run_id))
  const counts = linesOf(project)
  const wrong = Array.from({ length: 20 }, (_, i) => ({ step: `s${i}`, times: i === 3 || i === 11 ? 2 : 1 }))
    .filter(({ step, times }) => counts.get(step) !== times)
    .map(({ step }) => `${step} ran ${counts.get(step)} times`)
  const { tasks_completed: completed } = run['execution_summary'] as { tasks_completed: number } // the response contract
  return { signal, code, status: run['status'], completed, wrong }
}

/** 200 steps of 0.1 to 3 s under 8 slots; every tenth fails the first time. */
function twoHundredSteps(): string {
  const text = ['name: two-hundred', 'steps:']
  const random = new Random(200)
  for (let i = 0; i < 200; i++) {
    const seconds = (0.1 + 2.9 * random.fraction() ** 4).toFixed(2)
    const fails = i % 10 === 3
    const needs = [i - 9, i - 12].filter((need) => need >= 0).map((need) => `s${need}`)
    const end = fails ? 'test "$ORCHD_ATTEMPT" -gt 1' : 'true'
    text.push(
      `  - id: s${i}`,
      `    depends_on: [${needs.join(', ')}]`,
      '    on_crash: retry',
      `    run: sleep ${seconds}; echo s${i}/$ORCHD_ATTEMPT >> effects.txt; ${end}`,
      ...(fails ? ['    retry: { max_attempts: 2, delay: 100ms }'] : []),
    )
  }
  return `${text.join('\n')}\n`
}

type Campaign = {
  kills: number
  adopted: number
  picked_up: number
  retries: number
  slowestResumeMs: number
  wrong: string[]
}

/** Runs the plan and kills its holder at random moments until it ends, at most `kills` times. */
async function campaign(kills: number, seed: number, env: Record<string, string> = {}): Promise<Campaign> {
  const random = new Random(seed)
  const totals: Campaign = { kills: 0, adopted: 0, picked_up: 0, retries: 0, slowestResumeMs: 0, wrong: [] }
  // A run that ends before it could be killed brings the campaign no further: a round for each kill is plenty.
  for (let round = 0; round < kills && totals.kills < kills; round++) {
    await using project = new Project({ MAX_PARALLEL_AGENTS: '8', ...env })
    project.write('plan.yaml', twoHundredSteps())
    let holder = project.start(['run', 'plan.yaml', '--json'])
    await until('the first steps run', () => project.processes().length > 0)
    for (;;) {
      const pause = random.chance(0.3) ? 0 : random.below(700)
      await Promise.race([holder.ended, delay(pause + 250)]) // an arbitrary moment is the point
      if (holder.child.exitCode !== null) break
      if (totals.kills < kills) {
        holder.child.kill('SIGKILL')
        totals.kills++
        readTallies((await holder.ended).stderr, totals)
        await delay(random.below(400)) // steps end while nobody is there
        holder = project.start(['resume', '--json'])
      } else await holder.ended
    }
    const ended = await holder.ended
    readTallies(ended.stderr, totals)
    if (ended.code !== 0) totals.wrong.push(`exit ${ended.code} ${ended.stderr.slice(-300)}`)
    judge(project, totals)
  }
  return totals
}

function readTallies(stderr: string, totals: Campaign): void {
  for (const [, adopted, pickedUp, ms] of stderr.matchAll(/(\d+) adopted, (\d+) picked up.* in (\d+) ms/g)) {
    totals.adopted += Number(adopted)
    totals.picked_up += Number(pickedUp)
    totals.slowestResumeMs = Math.max(totals.slowestResumeMs, Number(ms))
  }
}

function judge(project: Project, totals: Campaign): void {
  const counts = linesOf(project)
  for (const [effect, count] of counts) if (count > 1) totals.wrong.push(`${effect} happened ${count} times`)
  for (let i = 0; i < 200; i++) {
    const attempts = [...counts.keys()].filter((effect) => effect.startsWith(`s${i}/`)).length
    const expected = i % 10 === 3 ? 2 : 1
    if (attempts < expected) totals.wrong.push(`s${i} was lost`)
    if (attempts > expected) totals.wrong.push(`s${i} ran again`)
  }
  totals.retries += [...counts.keys()].filter((effect) => effect.endsWith('/2')).length
}

describe('killed at random moments of 200 steps under 8 slots', () => {
  const seed = Number(process.env['ORCHD_FIRST_SEED'] ?? Date.now() % 1e6)

  test(
    `seed ${seed}: nothing acknowledged is lost, nothing runs twice, and it goes on in less than 2 s`,
    { timeout: 3_600_000 },
    async () => {
      const totals = await campaign(long ? 500 : 50, seed)
      console.log('crash campaign', JSON.stringify({ seed, ...totals }))
      expect(totals.wrong).toEqual([])
      expect(totals.adopted).toBeGreaterThanOrEqual(20)
      expect(totals.picked_up).toBeGreaterThanOrEqual(20)
      expect(totals.retries).toBeGreaterThanOrEqual(5)
      expect(totals.slowestResumeMs).toBeLessThan(2000)
    },
  )

  test(
    'the campaign notices a planted bug: a holder that does not look for what an earlier one started',
    { timeout: 600_000 },
    async () => {
      const totals = await campaign(4, seed, { ORCHD_TEST_CRASH: 'amnesia' })
      expect(totals.wrong.length).toBeGreaterThan(0)
    },
  )
})
