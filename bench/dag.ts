/**
 * orchd against ninja on the same DAGs: a warm daemon, from submit to finish, full durability, logs and tracing on, steps
 * `true`, limit 10. Interleaved, medians; read the ratios, not the seconds. `node bench/dag.ts [rounds] [steps]`.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { createServer } from 'node:http'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '../src/surfaces/http/client.ts'
import { socketPathOf } from '../src/surfaces/http/socket-path.ts'
import { checkPlan } from '../src/main/plans.ts'

const rounds = Number(process.argv[2] ?? 5)
const size = Number(process.argv[3] ?? 1000)
const root = join(import.meta.dirname, '..')
const version = String(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version)

type Shape = { readonly name: string; readonly needs: (i: number) => readonly number[] }
const shapes: readonly Shape[] = [
  { name: 'fan-out', needs: (i) => (i === 0 ? [] : [0]) },
  { name: 'chain', needs: (i) => (i === 0 ? [] : [i - 1]) },
]

const planText = (shape: Shape): string =>
  `name: ${shape.name}\nsteps:\n${Array.from(
    { length: size },
    (_, i) =>
      `  - id: s${i}\n    depends_on: [${shape
        .needs(i)
        .map((need) => `s${need}`)
        .join(', ')}]\n    run: "true"\n`,
  ).join('')}`

const ninjaText = (shape: Shape): string =>
  `rule t\n  command = true\n${Array.from(
    { length: size },
    (_, i) =>
      `build s${i}: t ${shape
        .needs(i)
        .map((need) => `s${need}`)
        .join(' ')}\n`,
  ).join('')}`

const folder = mkdtempSync(join(tmpdir(), 'orchd-bench-'))
mkdirSync(join(folder, '.orchd'), { mode: 0o700 })
const collector = createServer((request, response) => request.resume().on('end', () => response.end('{}'))).listen(
  0,
  '127.0.0.1',
)
await new Promise((resolve) => collector.once('listening', resolve))
const address = collector.address()
const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`

const daemon = startDaemon({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
const client = createClient({ socketPath: socketPathOf(join(folder, '.orchd')), version })
while (
  !(await client.info().then(
    () => true,
    () => false,
  ))
)
  await new Promise((resolve) => setTimeout(resolve, 20))

try {
  for (const shape of shapes) {
    const walls: { orchd: number[]; ninja: number[] } = { orchd: [], ninja: [] }
    for (let round = 0; round <= rounds; round++) {
      const orchd = await timeOrchd(shape)
      const ninja = timeNinja(shape, round)
      if (round === 0) continue // warms both
      walls.orchd.push(orchd)
      walls.ninja.push(ninja)
    }
    const ratios = walls.orchd.map((ms, i) => ms / (walls.ninja[i] ?? Number.NaN))
    console.log(
      `${shape.name} ${size}: orchd ${median(walls.orchd).toFixed(0)} ms, ninja ${median(walls.ninja).toFixed(0)} ms, ratio ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)})`,
    )
  }
  console.log(`daemon RSS after it all: ${rssMb(daemon.pid ?? 0)} MB`)
} finally {
  daemon.kill('SIGTERM')
  await new Promise((resolve) => daemon.once('exit', resolve))
  collector.closeAllConnections()
  collector.close()
  rmSync(folder, { recursive: true, force: true })
}

function startDaemon(env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [join(root, 'bin/orchd.js'), 'daemon'], {
    cwd: folder,
    env: { ...process.env, MAX_PARALLEL_AGENTS: '10', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** Milliseconds from handing the checked plan over to hearing that the run is finished. */
async function timeOrchd(shape: Shape): Promise<number> {
  const { plan, inputs, source } = checkPlan({
    bytes: Buffer.from(planText(shape)),
    file: 'plan.yaml',
    projectFolder: folder,
    config: { agents: new Map() },
    simulate: 'none',
    forRun: true,
    inputs: {},
  })
  if (plan === null) throw new Error('the plan is not valid')
  const from = performance.now()
  const submission = {
    plan,
    inputs,
    source,
    simulate: 'none' as const,
    path: process.env['PATH'] ?? null,
    requestId: null,
    key: null,
  }
  const { run_id } = await client.submit(submission)
  for await (const fact of client.events(run_id, null, new AbortController().signal)) {
    if (fact.type === 'run_finished' && fact.outcome !== 'success') throw new Error(`run ${run_id}: ${fact.outcome}`)
  }
  return performance.now() - from
}

function timeNinja(shape: Shape, round: number): number {
  const file = join(folder, `build-${round}.ninja`)
  writeFileSync(file, ninjaText(shape))
  rmSync(join(folder, '.ninja_log'), { force: true })
  const from = performance.now()
  execFileSync(
    'ninja',
    ['-C', folder, '-f', file, '-j', '10', '--quiet', ...Array.from({ length: size }, (_, i) => `s${i}`)],
    { stdio: 'ignore' },
  )
  return performance.now() - from
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function rssMb(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)
}
