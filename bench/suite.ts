/**
 * Everything that docs/benchmarks.md tells, with its targets: `npm run bench`, or `npm run bench -- --quick`.
 * Leave the machine alone meanwhile: what else runs goes into every figure that is no ratio.
 */
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { benchDag } from './dag.ts'
import { startDaemon } from './daemon.ts'
import { benchInbox } from './inbox.ts'
import { benchIdle, benchOutput } from './memory.ts'
import { availablePeers } from './peers.ts'
import { benchResponsive } from './responsive.ts'
import { benchRestart } from './restart.ts'
import { planText, shapes, type Shape } from './shapes.ts'
import { benchSimulated } from './simulated.ts'
import { benchHeap } from './spawn-heap.ts'
import { median } from './statistics.ts'
import { header, lineOf, type Row } from './table.ts'
import { rssMb } from './usage.ts'
import { validateRows } from './validate.ts'

const quick = process.argv.includes('--quick')
const rounds = quick ? 3 : 5
const peers = availablePeers()
const began = performance.now()

const memoryGb = Math.round(totalmem() / 2 ** 30)
console.log(
  `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} CPUs, ${memoryGb} GB; Linux ${release()}; Node ${process.versions.node}`,
)
console.log(`${quick ? 'quick: ' : ''}limit 10, medians of ${rounds} rounds that are interleaved\n\n${header}`)
const show = (rows: Row | readonly Row[]): void => {
  for (const row of [rows].flat()) console.log(lineOf(row))
}

await graphs()
show(await benchHeap(rounds))
show(await validateRows(rounds))
await withDaemon(async (daemon) => show(await benchInbox(daemon, quick ? 11 : 51)))
show(await benchRestart(quick ? 1 : rounds))
show(await benchIdle(false, rounds))
show(await benchIdle(true, rounds))
show(await benchResponsive(rounds))
show(await benchOutput())
console.log(`\nin ${Math.round((performance.now() - began) / 1000)} s`)

async function graphs(): Promise<void> {
  await withDaemon(async (daemon) => {
    await daemon.time(planText(shapes[0]!, 1000)) // warms it
    const all = shapes.map(({ name }) => name)
    const small = await benchDag(daemon, { rounds, size: 1000, shapes: all, peers })
    show(small.rows)
    if (!quick) {
      for (const name of ['fan-out', 'layered'] as const) {
        const large = await benchDag(daemon, { rounds, size: 10_000, shapes: [name], peers: peers.slice(0, 1) })
        show([...large.rows, flatness(name, small.wallMs.get(name) ?? [], large.wallMs.get(name) ?? [])])
      }
    }
    show(await benchSimulated(daemon, rounds, quick ? 1000 : 10_000))
    show({
      what: 'daemon after all of these graphs',
      figure: rssMb(daemon.pid),
      unit: ' MB',
      target: null,
      note: `resident; at most ${rssMb(daemon.pid, 'peak')} MB`,
    })
  })
}

function flatness(name: Shape['name'], small: readonly number[], large: readonly number[]): Row {
  return {
    what: `${name}: a step of 10,000 by a step of 1,000`,
    figure: median(large) / 10 / median(small),
    unit: 'x',
    target: { atMost: 1.1 },
    note: 'wall time',
  }
}

async function withDaemon(work: (daemon: Awaited<ReturnType<typeof startDaemon>>) => Promise<void>): Promise<void> {
  await using daemon = await startDaemon({ tracing: true })
  await work(daemon)
}
