import { expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'
import type { RunResponse } from '../../src/ports/response.ts'
import { Random } from '../support/random.ts'
import { effectsOf } from './counted-steps.ts'
import { long, report, seed } from './size.ts'

/** As `ORCHD_TEST_CRASH` knows them. */
const moments = ['before', 'written', 'committed', 'after', 'acted'] as const

// 1 run_submitted, 22 attempt_started and 22 attempt_finished: every event of the plan is in one of its commits.
const events = 45
// The run and its first attempts are one commit: before it nothing was acknowledged, and nothing exists.
const firstCommit = 5

/** 20 steps in layers of 4; each leaves a line; s3 and s11 fail the first time. */
function twentySteps(): string {
  const text = ['name: twenty', 'steps:']
  for (let i = 0; i < 20; i++) {
    const fails = i === 3 || i === 11
    const effect = `echo s${i}/$ORCHD_ATTEMPT >> effects.txt; echo from=s${i} > "$ORCHD_OUTPUT"`
    const command = fails ? `${effect}; test "$ORCHD_ATTEMPT" -gt 1` : effect
    const retry = fails ? '\n    retry: { max_attempts: 2, delay: 50ms }' : ''
    text.push(
      `  - id: s${i}\n    depends_on: [${i < 4 ? '' : `s${i - 4}`}]\n    run: ${JSON.stringify(command)}${retry}`,
    )
  }
  return `${text.join('\n')}\n`
}

type Final = { readonly effects: readonly string[]; readonly run: object | null }

/** Runs the plan, with a kill at `point` and a second holder that goes on, and tells what it all came to. */
async function finalState(point: string | null): Promise<Final> {
  await using project = new Project({ MAX_PARALLEL_AGENTS: '4' })
  project.write('twenty.yaml', twentySteps())
  const env: Record<string, string> = point === null ? {} : { ORCHD_TEST_CRASH: point }
  const first = await project.start(['run', 'twenty.yaml', '--json'], env).ended
  if (point !== null && first.signal !== 'SIGKILL') throw new Error(`${point} was not reached: ${first.stderr}`)
  const last = point === null ? first : await project.orchd('resume', '--json')
  const response = last.stdout.trimEnd().split('\n').at(-1) ?? ''
  const effects = [...effectsOf(project)].flatMap(([effect, count]) => Array<string>(count).fill(effect))
  return { effects: effects.toSorted(), run: withoutTimes(response === '' ? await finished(project) : response) }
}

/** Of the run that was over when its holder was killed; `null` when there is none. */
async function finished(project: Project): Promise<string | null> {
  const [row] = JSON.parse((await project.orchd('ps', '--all', '--json')).stdout)
  return row === undefined ? null : (await project.orchd('status', row.run_id, '--json')).stdout
}

/** The response without what differs from run to run. */
function withoutTimes(response: string | null): object | null {
  if (response === null) return null
  const { status, outcome, error, steps }: RunResponse = JSON.parse(response)
  return { status, outcome, error, steps: steps.map((step) => ({ ...step, started_at: null, finished_at: null })) }
}

test(
  `seed ${seed}: killed at any moment of any commit, the run ends in the same state as without`,
  { timeout: 1_800_000 },
  async () => {
    const undisturbed = await finalState(null)
    expect(undisturbed.effects).toHaveLength(22)
    const all = moments.flatMap((moment) =>
      Array.from({ length: events }, (_, index) => ({ moment, seq: index + 1, point: `${moment}:${index + 1}` })),
    )
    const chosen = long ? all : some(all, 15)
    const waiting = chosen.values()
    const wrong: string[] = []
    const work = async (): Promise<void> => {
      for (const { moment, seq, point } of waiting) {
        const never = (moment === 'before' || moment === 'written') && seq <= firstCommit
        const expected: Final = never ? { effects: [], run: null } : undisturbed
        const found = await finalState(point)
        if (JSON.stringify(found) !== JSON.stringify(expected)) wrong.push(`${point}: ${JSON.stringify(found)}`)
      }
    }
    await Promise.all([work(), work(), work()])
    report('journal boundaries', { points: chosen.length, of: all.length, wrong })
    expect(wrong).toEqual([])
  },
)

function some<T>(all: readonly T[], count: number): T[] {
  const random = new Random(seed)
  return all.toSorted(() => random.fraction() - 0.5).slice(0, count)
}
