import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Ended, Project } from '../../demo/support/orchd.ts'
import type { Random } from '../support/random.ts'
import { campaign, type Holder, starting, whileItStarts, whileItWorks } from './interruptions.ts'
import { long, report, seed } from './size.ts'

const kinds = ['while it works', 'twice', 'while it starts'] as const

/** `drain_timeout` and 5 s. Running steps are not waited for, so it is only that long when the machine is. */
const longestDrainMs = 15_000

async function startDaemon(project: Project, first: boolean): Promise<Holder> {
  if (!first) return starting(project.start(['daemon', '--exit-when-idle']))
  const daemon = await project.daemon()
  await project.orchd('run', 'plan.yaml', '--detach')
  return { ...daemon, ready: Promise.resolve() }
}

test(
  `seed ${seed}: SIGTERM while 8 steps run, twice, or during the start, at any moment: it ends soon, nothing is lost`,
  { timeout: 1_800_000 },
  async () => {
    const ends: { [how: string]: number } = {}
    const tookMs: number[] = []
    const unexpected: unknown[] = []
    const terminate = async (holder: Holder, random: Random): Promise<Ended> => {
      const kind = random.pick(kinds)
      await (kind === 'while it starts' ? whileItStarts : whileItWorks)(holder, random)
      const from = performance.now()
      holder.child.kill('SIGTERM')
      if (kind === 'twice') {
        await delay(random.below(30))
        holder.child.kill('SIGTERM')
      }
      const ended = await holder.ended
      tookMs.push(Math.round(performance.now() - from))
      const how = `${kind}: ${ended.code ?? ended.signal}`
      ends[how] = (ends[how] ?? 0) + 1
      if (!isExpected(ended)) unexpected.push({ kind, ...ended })
      return ended
    }
    const tally = await campaign({
      plan: { steps: long ? 200 : 60, shortestMs: 200, longestMs: 1500 },
      interruptions: long ? 60 : 8,
      seed,
      start: startDaemon,
      interrupt: terminate,
    })
    tookMs.sort((a, b) => a - b)
    const [median = 0, slowest = 0] = [tookMs[tookMs.length >> 1], tookMs.at(-1)]
    report('drains', { ...tally, ends, medianMs: median, slowestMs: slowest })
    expect(tally.wrong).toEqual([])
    expect(unexpected).toEqual([])
    expect(slowest).toBeLessThan(longestDrainMs)
    expect(median).toBeLessThan(1000)
  },
)

/** 0: drained. 143: the second signal came while it drained. The signal itself: before the daemon listened to it. */
const isExpected = ({ code, signal }: Ended): boolean => code === 0 || code === 143 || signal === 'SIGTERM'
