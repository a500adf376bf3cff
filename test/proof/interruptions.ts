import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { type Ended, Project, until } from '../../demo/support/orchd.ts'
import { Random } from '../support/random.ts'
import { type CountedSteps, countedPlan, effectsOf, wrongIn } from './counted-steps.ts'

type Started = { readonly child: ChildProcess; readonly ended: Promise<Ended> }
/** `ready`: it holds the state folder and has taken up what it found, or it has ended. */
export type Holder = Started & { readonly ready: Promise<unknown> }

/** A holder that was just started: the first that it says is what it found. */
export function starting(holder: Started): Holder {
  const { stdout, stderr } = holder.child
  const said = [stdout, stderr].map((stream) => new Promise((resolve) => stream?.once('data', resolve)))
  return { ...holder, ready: Promise.race([...said, holder.ended]) }
}

/** How holders are interrupted, again and again, until the run ends. */
export type Campaign = {
  readonly plan: CountedSteps
  readonly interruptions: number
  readonly seed: number
  readonly env?: Record<string, string>
  /** Starts the run, or the holder that goes on with it. */
  start(project: Project, first: boolean): Holder | Promise<Holder>
  /** Ends a holder, or finds it ended. */
  interrupt(holder: Holder, random: Random): Promise<Ended>
}

export type Tally = {
  interrupted: number
  rounds: number
  adopted: number
  picked_up: number
  retries: number
  slowestResumeMs: number
  readonly wrong: string[]
}

/** Waits for an arbitrary moment of a holder's start. */
export const whileItStarts = ({ ended }: Holder, random: Random): Promise<unknown> =>
  Promise.race([ended, delay(random.below(300))])

/** Waits for an arbitrary moment of a holder's work, or its own end. */
export async function whileItWorks({ ended, ready }: Holder, random: Random): Promise<void> {
  await ready
  await Promise.race([ended, delay(random.below(600))])
}

/** Runs a plan of counted steps and interrupts its holder at random moments; anew until it was done often enough. */
export async function campaign(options: Campaign): Promise<Tally> {
  const { plan, interruptions, env } = options
  const random = new Random(options.seed)
  const tally: Tally = {
    interrupted: 0, rounds: 0, adopted: 0, picked_up: 0, retries: 0, slowestResumeMs: 0, wrong: [],
  } // prettier-ignore
  // A run that ends before it could be interrupted brings the campaign no further: a round for each is plenty.
  while (tally.rounds < interruptions && tally.interrupted < interruptions) {
    await using project = new Project({ MAX_PARALLEL_AGENTS: '8', ...env })
    project.write('plan.yaml', countedPlan(plan))
    tally.rounds++
    await oneRun(project, options, random, tally)
    tally.wrong.push(...wrongIn(project, plan))
    tally.retries += [...effectsOf(project).keys()].filter((effect) => effect.endsWith('/2')).length
  }
  return tally
}

async function oneRun(project: Project, options: Campaign, random: Random, tally: Tally): Promise<void> {
  let holder = await options.start(project, true)
  await until('the first steps run', () => project.processes().length > 0)
  for (;;) {
    const enough = tally.interrupted >= options.interruptions
    const ended = await (enough ? holder.ended : options.interrupt(holder, random))
    readRecovery(ended.stderr, tally)
    if (enough || ended.code === 0) {
      const over = await isOver(project)
      if (enough && (!over || ended.code !== 0))
        tally.wrong.push(`it ended with ${ended.code ?? ended.signal}: ${ended.stderr.slice(-300)}`)
      if (enough || over) return
    }
    tally.interrupted++
    await delay(random.below(300)) // steps end while nobody is there
    holder = await options.start(project, false)
  }
}

async function isOver(project: Project): Promise<boolean> {
  const runs = JSON.parse((await project.orchd('ps', '--all', '--json')).stdout)
  return runs.every((run: { finished_at: string | null }) => run.finished_at !== null)
}

/** What a holder says that it found, and how long it took until it answered. */
function readRecovery(stderr: string, tally: Tally): void {
  for (const [, adopted, pickedUp, ms] of stderr.matchAll(/(\d+) adopted, (\d+) picked up.* in (\d+) ms/g)) {
    tally.adopted += Number(adopted)
    tally.picked_up += Number(pickedUp)
    tally.slowestResumeMs = Math.max(tally.slowestResumeMs, Number(ms))
  }
}
