import { expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'
import { OtlpReceiver, type Mood } from '../support/otlp-receiver.ts'
import { long, report } from './size.ts'

/** What a collector may be while the daemon works; `dead` refuses connections. */
const moods: { readonly [name: string]: Mood | null } = {
  well: { kind: 'well' },
  dead: null,
  hanging: { kind: 'hanging' },
  'answering 503': { kind: 'refusing', status: 503 },
  slow: { kind: 'slow', ms: 2000 },
}

const steps = long ? 1000 : 150
const rounds = long ? 5 : 2

const plan = `name: wide\nsteps:\n${Array.from({ length: steps }, (_, at) => `  - { id: s${at}, run: "true" }\n`).join('')}`

const medianOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

/** Whether the root of each run and a span of each attempt are there. */
function isComplete(collector: OtlpReceiver): boolean {
  const spans = collector.distinct()
  const roots = spans.filter(({ name, parentSpanId }) => name === 'RUN wide' && parentSpanId === null)
  const attempts = spans.filter(({ name }) => name.startsWith('step '))
  return roots.length === rounds && attempts.length === rounds * steps
}

type Play = { readonly project: Project; readonly collector: OtlpReceiver; readonly tookMs: number[] }

/** One run, from its submission to its end, as the journal has it. */
async function playOnce({ project, tookMs }: Play): Promise<void> {
  const { status, execution_summary: summary } = await project.json('run', 'plan.yaml')
  expect(status).toBe('completed')
  tookMs.push((summary as { duration_ms: number }).duration_ms)
}

test(
  `${rounds} runs of ${steps} steps while the collector is ill: as fast as with a well one, and every span arrives once it is well`,
  { timeout: 1_800_000 },
  async () => {
    await using stack = new AsyncDisposableStack()
    const plays = new Map<string, Play>()
    for (const [name, mood] of Object.entries(moods)) {
      const collector = stack.use(await OtlpReceiver.start())
      const project = stack.use(new Project({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.replace('/v1/traces', '') }))
      if (mood === null) await collector.die()
      else collector.mood = mood
      project.write('plan.yaml', plan)
      await project.daemon()
      plays.set(name, { project, collector, tookMs: [] })
    }
    // One after the other, in turns: what else the machine does is then the same for all.
    for (let round = 0; round < rounds; round++) for (const play of plays.values()) await playOnce(play)

    for (const { collector } of plays.values()) collector.mood = { kind: 'well' }
    await plays.get('dead')!.collector.comeBack()
    for (const { collector } of plays.values()) await collector.until(() => isComplete(collector), 120_000)

    const well = medianOf(plays.get('well')!.tookMs)
    const found = Array.from(plays, ([name, { collector, tookMs }]) => ({
      collector: name,
      ratio: Math.round((100 * medianOf(tookMs)) / well) / 100,
      spans: collector.distinct().length,
      copies: collector.spans.length - collector.distinct().length,
    }))
    report('ill collectors', { steps, rounds, wellMs: well, found })
    for (const [name, { collector, tookMs }] of plays) {
      // `findProblems` also tells of a copy that is not equal to the first.
      expect(collector.findProblems(), name).toEqual([])
      expect(Math.min(...tookMs), name).toBeLessThan(2 * well + 1000)
    }
  },
)
