/**
 * Graphs of shell steps `true`, limit 10, against ninja and make: a warm daemon from submit to finish, with
 * `synchronous=FULL`, logs kept and tracing on. Rounds are interleaved; the ratios are medians of the rounds' ratios.
 *
 *   node bench/dag.ts [rounds=5] [size=1000] [shape...]
 */
import { startDaemon, type BenchDaemon } from './daemon.ts'
import { availablePeers, timePeer, type Peer, type Times } from './peers.ts'
import { planText, shapes, type Shape } from './shapes.ts'
import { median, medianRatio } from './statistics.ts'
import { header, lineOf, type Row } from './table.ts'
import { cpuSecondsOfTree, rssMb } from './usage.ts'

type Side = Peer | 'orchd'
export type DagOptions = {
  readonly rounds: number
  readonly size: number
  readonly shapes: readonly Shape['name'][]
  readonly peers: readonly Peer[]
}
export type DagResult = {
  readonly rows: readonly Row[]
  /** Milliseconds of each round, by shape. */
  readonly wallMs: ReadonlyMap<Shape['name'], readonly number[]>
}

/** At most, of what ninja takes. */
const targets = { 'fan-out': 1.6, layered: 1.6, chain: 2.3, diamond: 2.3, cpu: 1.8 } as const

export async function benchDag(daemon: BenchDaemon, options: DagOptions): Promise<DagResult> {
  const rows: Row[] = []
  const wallMs = new Map<Shape['name'], readonly number[]>()
  for (const shape of shapes.filter(({ name }) => options.shapes.includes(name))) {
    const times = await timesOf(daemon, shape, options)
    rows.push(...rowsOf(shape, options, times))
    wallMs.set(
      shape.name,
      times.orchd.map((time) => time.wallMs),
    )
  }
  return { rows, wallMs }
}

async function timesOf(daemon: BenchDaemon, shape: Shape, options: DagOptions): Promise<Record<Side, Times[]>> {
  const times: Record<Side, Times[]> = { orchd: [], ninja: [], make: [] }
  const text = planText(shape, options.size)
  for (let round = 0; round < options.rounds; round++) {
    const cpu = cpuSecondsOfTree(daemon.pid)
    const wallMs = await daemon.time(text)
    times.orchd.push({ wallMs, cpuMs: (cpuSecondsOfTree(daemon.pid) - cpu) * 1000 })
    for (const peer of options.peers) times[peer].push(timePeer(peer, shape, options.size, daemon.folder))
  }
  return times
}

function rowsOf(shape: Shape, { size, peers }: DagOptions, times: Record<Side, Times[]>): Row[] {
  const what = `${shape.name}, ${size.toLocaleString('en')} steps`
  const walls = (side: Side): number[] => times[side].map(({ wallMs }) => wallMs)
  const cpus = (side: Side): number[] => times[side].map(({ cpuMs }) => cpuMs)
  const us = (values: readonly number[]): string => `${Math.round((median(values) * 1000) / size)}`
  const spread = (peer: Peer): string => {
    const ratios = walls('orchd').map((wall, index) => wall / (walls(peer)[index] ?? Number.NaN))
    return `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`
  }
  return peers.flatMap((peer): Row[] => [
    {
      what: `${what}: wall / ${peer}`,
      figure: medianRatio(walls('orchd'), walls(peer)),
      unit: 'x',
      target: peer === 'ninja' ? { atMost: targets[shape.name] } : null,
      note: `${us(walls('orchd'))} / ${us(walls(peer))} µs a step; rounds ${spread(peer)}`,
    },
    {
      what: `${what}: CPU / ${peer}`,
      figure: medianRatio(cpus('orchd'), cpus(peer)),
      unit: 'x',
      target: peer === 'ninja' ? { atMost: targets.cpu } : null,
      note: `${us(cpus('orchd'))} / ${us(cpus(peer))} µs a step`,
    },
  ])
}

if (import.meta.main) {
  const [rounds = '5', size = '1000', ...names] = process.argv.slice(2)
  await using daemon = await startDaemon({ tracing: true })
  await daemon.time(planText(shapes[0]!, 1000)) // warms it
  console.log(header)
  for (const { name } of shapes.filter((shape) => names.length === 0 || names.includes(shape.name))) {
    const options = { rounds: Number(rounds), size: Number(size), shapes: [name], peers: availablePeers() }
    for (const row of (await benchDag(daemon, options)).rows) console.log(lineOf(row))
  }
  console.log(`daemon: ${rssMb(daemon.pid)} MB now, ${rssMb(daemon.pid, 'peak')} MB at most`)
}
