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
  for (const line of project.read('effects.txt').trimEnd().split('\n')) counts.set(line, (counts.get(line) ?? 0) + 1)
  return counts
}

describe('killed at a journal boundary', () => {
  // 1 run_submitted, 22 attempt_started and 22 attempt_finished: every event of the plan, before and behind its commit.
  const events = 45
  test.each(['before', 'after'])(`%s each of ${events} commits, the run ends as if nothing had happened`, { timeout: 300_000 }, async (when) => {
    for (let seq = 1; seq <= events; seq++) {
      await using project = new Project({ MAX_PARALLEL_AGENTS: '4' })
      project.write('twenty.yaml', twentySteps())
      const point = `${when}:${seq}`
      const crashed = await project.start(['run', 'twenty.yaml', '--json'], { ORCHD_TEST_CRASH: point }).ended
      expect(crashed.signal, `${point} ${crashed.stderr}`).toBe('SIGKILL')
      const [left] = JSON.parse((await project.orchd('ps', '--all', '--json')).stdout)
      if (seq === 1 && when === 'before') {
        expect(left, 'a run that was never acknowledged does not exist').toBeUndefined()
        continue
      }
      const resumed = await project.orchd('resume', '--json')
      expect(resumed.code, `${point} ${resumed.stderr}`).toBe(0)
      const run = await project.json('status', String(left.run_id))
      expect(run, point).toMatchObject({ status: 'completed', execution_summary: { tasks_completed: 20, tasks_failed: 0 } })
      const counts = linesOf(project)
      const expected = (step: string): number => (step === 's3' || step === 's11' ? 2 : 1)
      expect([...counts].filter(([step, count]) => count !== expected(step)), point).toEqual([])
      expect(counts.size, point).toBe(20)
    }
  })
})

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
      `    run: sleep ${seconds}; echo s${i}/$ORCHD_ATTEMPT >> effects.txt; ${end}`,
      ...(fails ? ['    retry: { max_attempts: 2, delay: 100ms }'] : []),
    )
  }
  return `${text.join('\n')}\n`
}

type Campaign = { kills: number; adopted: number; picked_up: number; retries: number; slowestResumeMs: number; wrong: string[] }

/** Runs the plan and kills its holder at random moments until it ends, at most `kills` times. */
async function campaign(kills: number, seed: number, env: Record<string, string> = {}): Promise<Campaign> {
  const random = new Random(seed)
  const totals: Campaign = { kills: 0, adopted: 0, picked_up: 0, retries: 0, slowestResumeMs: 0, wrong: [] }
  while (totals.kills < kills) {
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
    const last = i % 10 === 3 ? 2 : 1
    if (!counts.has(`s${i}/${last}`)) totals.wrong.push(`s${i} was lost`)
  }
  totals.retries += [...counts.keys()].filter((effect) => effect.endsWith('/2')).length
}

describe('killed at random moments of 200 steps under 8 slots', () => {
  const seed = Number(process.env['ORCHD_FIRST_SEED'] ?? Date.now() % 1e6)

  test(`seed ${seed}: nothing acknowledged is lost, nothing runs twice, and it goes on in less than 2 s`, { timeout: 3_600_000 }, async () => {
    const totals = await campaign(long ? 500 : 50, seed)
    console.log('crash campaign', JSON.stringify({ seed, ...totals }))
    expect(totals.wrong).toEqual([])
    expect(totals.adopted).toBeGreaterThanOrEqual(20)
    expect(totals.picked_up).toBeGreaterThanOrEqual(20)
    expect(totals.retries).toBeGreaterThanOrEqual(5)
    expect(totals.slowestResumeMs).toBeLessThan(2000)
  })

  test('the campaign notices a planted bug: acting before the intent is durable', { timeout: 600_000 }, async () => {
    const totals = await campaign(12, seed, { ORCHD_TEST_CRASH: 'late' })
    expect(totals.wrong.length).toBeGreaterThan(0)
  })
})
