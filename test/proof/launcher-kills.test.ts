import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'
import { Random } from '../support/random.ts'
import { countedPlan, wrongWithLosses } from './counted-steps.ts'
import { launchersOf } from './families.ts'
import { starting, whileItWorks } from './interruptions.ts'
import { long, report, seed } from './size.ts'

const rounds = long ? 40 : 2
/** Three losses in a row end a step. */
const killsEach = 2
const slots = 8
const plan = { steps: 40, shortestMs: 100, longestMs: 500 }

test(
  `seed ${seed}: where the launcher is killed with the holder, a step runs again, but no attempt twice, and none is lost`,
  { timeout: 1_800_000 },
  async () => {
    const random = new Random(seed)
    const tally = { kills: 0, extra: 0, wrong: [] as string[] }
    for (let round = 0; round < rounds; round++) {
      await using project = new Project({ MAX_PARALLEL_AGENTS: String(slots) })
      project.write('plan.yaml', countedPlan(plan))
      let holder = starting(project.start(['run', 'plan.yaml', '--json']))
      await until('the first steps run', () => project.processes().length > 0)
      for (let kill = 0; kill < killsEach; kill++) {
        await whileItWorks(holder, random)
        const launchers = launchersOf(project.path('.orchd'))
        holder.child.kill('SIGKILL')
        for (const pid of launchers) process.kill(pid, 'SIGKILL')
        tally.kills++
        await holder.ended
        holder = starting(project.start(['resume', '--json']))
      }
      const { code, stderr } = await holder.ended
      if (code !== 0) tally.wrong.push(`it ended with ${code}: ${stderr.slice(-300)}`)
      const { wrong, extra } = wrongWithLosses(project, plan)
      tally.wrong.push(...wrong)
      tally.extra += extra
      await until('nothing of it is left', () => project.processes().length === 0)
    }
    report('launcher kills', tally)
    expect(tally.wrong).toEqual([])
    expect(tally.extra).toBeGreaterThan(0)
    expect(tally.extra).toBeLessThanOrEqual(slots * tally.kills)
  },
)
