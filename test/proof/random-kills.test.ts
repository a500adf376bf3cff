import { describe, expect, test } from 'vitest'
import { type Campaign, campaign, starting, whileItStarts, whileItWorks } from './interruptions.ts'
import { long, report, seed } from './size.ts'

/** Holders in the foreground, killed with SIGKILL. */
const killed = {
  seed,
  start: (project, first) => starting(project.start(first ? ['run', 'plan.yaml', '--json'] : ['resume', '--json'])),
  async interrupt(holder, random) {
    await (random.chance(0.3) ? whileItStarts : whileItWorks)(holder, random)
    holder.child.kill('SIGKILL')
    return holder.ended
  },
} satisfies Partial<Campaign>

describe('killed at random moments of 200 steps under 8 slots', () => {
  test(
    `seed ${seed}: nothing acknowledged is lost, nothing runs twice, and it goes on in less than 2 s`,
    { timeout: 3_600_000 },
    async () => {
      const plan = { steps: 200, shortestMs: 100, longestMs: long ? 3000 : 1500 }
      const tally = await campaign({ ...killed, plan, interruptions: long ? 500 : 20 })
      report('random kills', tally)
      expect(tally.wrong).toEqual([])
      expect(tally.adopted).toBeGreaterThanOrEqual(10)
      expect(tally.picked_up).toBeGreaterThanOrEqual(10)
      expect(tally.retries).toBeGreaterThanOrEqual(5)
      expect(tally.slowestResumeMs).toBeLessThan(2000)
    },
  )

  test('the campaign notices a planted bug: a holder that does not look for what an earlier one started', async () => {
    const plan = { steps: 40, shortestMs: 300, longestMs: 600 }
    const env = { ORCHD_TEST_CRASH: 'amnesia' }
    const tally = await campaign({ ...killed, plan, interruptions: 3, env })
    expect(tally.wrong.length).toBeGreaterThan(0)
  })
})
