/**
 * Validating a plan (text to `Plan`, all checks of `orchd validate`) against the naive way: `yaml.parse`, ajv on the same
 * schema, a graphology graph and its topological order. `node bench/validate.ts [rounds]`.
 *
 * Each side works in processes of its own, in turns. Cold is the first plan of a process, loading of modules not counted;
 * warm is the median of the next ones, for which the naive way keeps its compiled schema. Read the ratios.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Row } from './table.ts'

export type ValidateRow = {
  readonly steps: number
  readonly state: 'cold' | 'warm'
  readonly naiveMs: number
  readonly orchdMs: number
  /** Of the medians: naive by orchd. */
  readonly ratio: number
  /** What the process has grown by in resident memory, with the first plan. */
  readonly naiveMb: number
  readonly orchdMb: number
}

type Side = 'naive' | 'orchd'
type Sample = { readonly coldMs: number; readonly warmMs: number; readonly grownMb: number }

const sizes = [1000, 10_000] as const
const warmRounds = 9

/** Medians of at least five rounds. */
export async function benchValidate(rounds = 5): Promise<readonly ValidateRow[]> {
  const rows: ValidateRow[] = []
  for (const steps of sizes) {
    const samples: Record<Side, Sample[]> = { naive: [], orchd: [] }
    for (let round = 0; round < Math.max(rounds, 5); round++) {
      for (const side of ['naive', 'orchd'] as const) samples[side].push(sampleOf(side, steps))
    }
    const [naiveMb, orchdMb] = [median(samples.naive, 'grownMb'), median(samples.orchd, 'grownMb')]
    for (const state of ['cold', 'warm'] as const) {
      const [naiveMs, orchdMs] = [median(samples.naive, `${state}Ms`), median(samples.orchd, `${state}Ms`)]
      rows.push({ steps, state, naiveMs, orchdMs, ratio: naiveMs / orchdMs, naiveMb, orchdMb })
    }
  }
  return rows
}

/** The line of the suite's table: the first plan of a process, as a daemon or a command meets it. */
export async function validateRows(rounds: number): Promise<readonly Row[]> {
  const measured = await benchValidate(rounds)
  return measured
    .filter(({ steps }) => steps === 10_000)
    .map(({ steps, state, ratio, naiveMs, orchdMs, naiveMb, orchdMb }) => ({
      what: `plan of ${steps.toLocaleString('en')} steps, ${state}: naive / orchd`,
      figure: ratio,
      unit: 'x',
      target: { atLeast: 6 },
      note: `${naiveMs.toFixed(0)} / ${orchdMs.toFixed(0)} ms; the first one grows the process by ${naiveMb} / ${orchdMb} MB`,
    }))
}

/** One process of one side. */
function sampleOf(side: Side, steps: number): Sample {
  const printed = execFileSync(process.execPath, [import.meta.filename, 'once', side, String(steps)], {
    encoding: 'utf8',
  })
  const sample: Sample = JSON.parse(printed)
  return sample
}

/** Layers of 100 steps; each step depends on three of the layer above. */
function layeredPlan(steps: number): string {
  const lines = ['name: layered', 'steps:']
  for (let at = 0; at < steps; at++) {
    const above = at - (at % 100) - 100
    const needs = [0, 1, 7].map((by) => `step-${above + ((at + by) % 100)}`)
    lines.push(`  - id: step-${at}`)
    if (above >= 0) lines.push(`    depends_on: [${needs.join(', ')}]`)
    lines.push(`    run: make target-${at}`)
  }
  return `${lines.join('\n')}\n`
}

async function once(side: Side, steps: number): Promise<Sample> {
  const text = layeredPlan(steps)
  const validate = side === 'naive' ? await naiveWay() : await orchdWay()
  const before = process.memoryUsage.rss()
  const coldMs = timed(() => validate(text), steps)
  const grownMb = Math.round((process.memoryUsage.rss() - before) / 1024 / 1024)
  const warm = Array.from({ length: warmRounds }, () => timed(() => validate(text), steps))
  return { coldMs, warmMs: middle(warm), grownMb }
}

type Validate = (text: string) => number

async function orchdWay(): Promise<Validate> {
  const { justValidate, parsePlan } = await import('../src/plan/parse.ts')
  return (text) => {
    const { plan, diagnostics } = parsePlan(text, 'plan.yaml', justValidate)
    if (plan === null || diagnostics.length > 0) throw new Error(diagnostics[0]?.message)
    return plan.steps.length
  }
}

async function naiveWay(): Promise<Validate> {
  const { parse } = await import('yaml')
  const { Ajv2020 } = await import('ajv/dist/2020.js')
  const { DirectedGraph } = await import('graphology')
  const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../schemas/plan.schema.json'), 'utf8'))
  type Written = { readonly steps: readonly { readonly id: string; readonly depends_on?: readonly string[] }[] }
  const compile = (): ((value: unknown) => value is Written) =>
    new Ajv2020({ allErrors: true, strict: false, logger: false }).compile<Written>(schema)
  let isPlan: ReturnType<typeof compile> | null = null
  return (text) => {
    const value: unknown = parse(text)
    isPlan ??= compile()
    if (!isPlan(value)) throw new Error('the plan is not valid')
    const graph = new DirectedGraph()
    for (const { id } of value.steps) graph.addNode(id)
    for (const { id, depends_on: needs = [] } of value.steps) for (const need of needs) graph.addEdge(need, id)
    const unmet = new Map(graph.mapNodes((id) => [id, graph.inDegree(id)]))
    const order = graph.filterNodes((id) => unmet.get(id) === 0)
    for (const id of order) {
      graph.forEachOutNeighbor(id, (below) => {
        const left = (unmet.get(below) ?? 0) - 1
        unmet.set(below, left)
        if (left === 0) order.push(below)
      })
    }
    return order.length
  }
}

function timed(work: () => number, steps: number): number {
  const from = performance.now()
  if (work() !== steps) throw new Error('some steps were lost')
  return performance.now() - from
}

const median = (samples: readonly Sample[], key: keyof Sample): number => middle(samples.map((sample) => sample[key]))

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

if (import.meta.main) {
  const [first, side, steps] = process.argv.slice(2)
  if (first === 'once' && (side === 'naive' || side === 'orchd')) {
    console.log(JSON.stringify(await once(side, Number(steps))))
  } else {
    for (const { steps: count, state, naiveMs, orchdMs, ratio, naiveMb, orchdMb } of await benchValidate(
      Number(first ?? 5),
    )) {
      const times = `naive ${naiveMs.toFixed(0)} ms, orchd ${orchdMs.toFixed(1)} ms: 1/${ratio.toFixed(1)}`
      console.log(`${count} steps, ${state}: ${times}; memory +${naiveMb} MB, +${orchdMb} MB`)
    }
  }
}
