import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { filesOf, opened, Workbench } from '../../demo/support/damage.ts'
import { Project, until } from '../../demo/support/orchd.ts'
import { ask } from '../http/raw.ts'
import { Random } from '../support/random.ts'
import { long, report, seed } from './size.ts'
import { type DiskKind, SmallDisk } from './small-disk.ts'

const moments = long ? 100 : 6
const steps = 12

/** The marks below which nothing is started would keep orchd from ever meeting a full disk. */
const noMarks = 'disk: { low_mb: 0, critical_mb: 0 }\n'

/** Effects go to another disk, so that only orchd meets the full one. */
function chain(effects: string): string {
  const text = ['name: chain', 'defaults: { retry: { max_attempts: 100, delay: 200ms, backoff: fixed } }', 'steps:']
  for (let i = 0; i < steps; i++) {
    const needs = i < 3 ? '' : `s${i - 3}`
    text.push(`  - { id: s${i}, depends_on: [${needs}], run: "sleep 0.1; echo $ORCHD_RUN_ID s${i} >> ${effects}" }`)
  }
  return `${text.join('\n')}\n`
}

type Run = { readonly status: string; readonly steps: readonly { readonly id: string; readonly status: string }[] }
type Tally = {
  moments: number
  failedCommits: number
  refusals: number
  restarts: number
  runs: number
  wrong: string[]
}

const finishedOf = (run: Run | null): string[] =>
  (run?.steps ?? []).filter(({ status }) => status === 'finished').map(({ id }) => id)

/** As many as the runs of which fit on a small disk while it is empty. */
const momentsOfDisk = 20

async function campaign(kind: DiskKind, megabytes: number): Promise<Tally> {
  const random = new Random(seed)
  const tally: Tally = { moments: 0, failedCommits: 0, refusals: 0, restarts: 0, runs: 0, wrong: [] }
  while (tally.moments < moments) {
    await fillAndEmpty(kind, megabytes, Math.min(momentsOfDisk, moments - tally.moments), random, tally)
  }
  return tally
}

/** A daemon whose state folder is on a small disk, which is filled and emptied at arbitrary moments of its runs. */
async function fillAndEmpty(
  kind: DiskKind,
  megabytes: number,
  times: number,
  random: Random,
  tally: Tally,
): Promise<void> {
  await using project = new Project({ MAX_PARALLEL_AGENTS: '4' })
  const stateFolder = project.path('.orchd')
  using disk = new SmallDisk(kind, stateFolder, megabytes)
  project.write('orchestrator_config.yaml', noMarks)
  const plan = chain(project.path('effects.txt'))
  const socket = project.path('.orchd/orchd.sock')
  const headers = { 'content-type': 'application/yaml' }
  const read = async (id: string): Promise<Run | null> => {
    const answer = await ask(socket, `/api/v1/runs/${id}`).catch(() => null)
    return answer?.status === 200 ? (answer.json as Run) : null // the response contract
  }
  const count = (log: string): void => void (tally.failedCommits += log.split('DISK_FULL').length - 1)
  let daemon = await project.daemon()
  const restartIfEnded = async (): Promise<void> => {
    if (daemon.child.exitCode === null && daemon.child.signalCode === null) return
    const { code, signal, stderr } = await daemon.ended
    count(stderr)
    if (code !== 0 && code !== 75) tally.wrong.push(`the daemon ended with ${code ?? signal}: ${stderr.slice(-500)}`)
    tally.restarts++
    daemon = await project.daemon()
  }

  const taken: string[] = []
  for (let moment = 0; moment < times; moment++) {
    tally.moments++
    const submit = (): Promise<{ status: number; json: unknown } | null> =>
      ask(socket, '/api/v1/runs', { method: 'POST', headers, body: plan }).catch(() => null)
    const early = random.chance(0.2)
    if (early) disk.fill()
    let answer = await submit()
    await delay(random.below(300)) // an arbitrary moment is the point
    if (!early) disk.fill()
    await delay(200 + random.below(700))
    const seen = answer?.status === 202 ? await read((answer.json as { run_id: string }).run_id) : null
    disk.empty()
    await restartIfEnded()
    if (answer?.status !== 202) {
      tally.refusals++
      answer = await submit()
    }
    if (answer?.status !== 202) {
      tally.wrong.push(`with space again a run is refused: ${JSON.stringify(answer)}`)
      continue
    }
    tally.runs++
    const { run_id: id } = answer.json as { run_id: string }
    taken.push(id)
    await until(`run ${id} ends by itself`, async () => (await read(id))?.status === 'completed', 60_000).catch(
      async (error: unknown) => tally.wrong.push(`${String(error)}: ${JSON.stringify(await read(id))}`),
    )
    const finished = finishedOf(await read(id))
    const lost = finishedOf(seen).filter((step) => !finished.includes(step))
    if (lost.length > 0) tally.wrong.push(`${id}: ${lost.join(', ')} had ended, and has not any more`)
    const effects = project
      .read('effects.txt')
      .split('\n')
      .filter((line) => line.startsWith(id))
    if (effects.length !== steps || new Set(effects).size !== steps) tally.wrong.push(`${id}: ${effects.join('; ')}`)
  }
  daemon.child.kill('SIGTERM')
  const { code, stderr } = await daemon.ended
  count(stderr)
  if (code !== 0) tally.wrong.push(`the daemon ended with ${code}`)
  using bench = new Workbench()
  const journal = opened(bench.lay(filesOf(stateFolder)))
  if (!('content' in journal)) tally.wrong.push(`the journal cannot be read: ${JSON.stringify(journal)}`)
  else {
    const runs: { runId: string }[] = JSON.parse(journal.content).runs
    const ids = runs.map(({ runId }) => runId).toSorted()
    if (ids.join() !== taken.toSorted().join()) tally.wrong.push(`taken: ${taken.join()}; there: ${ids.join()}`)
  }
}

test.each([
  ['tmpfs', 8],
  ['ext4', 16],
] as const)(
  `%s, seed ${seed}: whenever the disk gets full, nothing acknowledged is lost, and all goes on once there is space`,
  { timeout: 1_800_000 },
  async (kind, megabytes) => {
    const tally = await campaign(kind, megabytes)
    report('disk full', { kind, ...tally })
    expect(tally.wrong).toEqual([])
    expect(tally.failedCommits).toBeGreaterThan(moments / 4)
  },
)

test('who comes while the disk is full is told so, and nothing is broken for later', { timeout: 60_000 }, async () => {
  await using project = new Project()
  using disk = new SmallDisk('tmpfs', project.path('.orchd'), 8)
  project.write('orchestrator_config.yaml', noMarks)
  project.write('plan.yaml', 'name: p\nsteps:\n  - { id: a, run: echo ran > ran.txt }\n')
  for (const isNew of [true, false]) {
    disk.fill()
    for (const command of [['daemon'], ['run', 'plan.yaml']]) {
      const { code, stderr } = await project.orchd(...command)
      expect([code, stderr], `${command.join(' ')}, new: ${isNew}`).toEqual([75, expect.stringContaining('DISK_FULL')])
    }
    disk.empty()
    expect(await project.orchd('run', 'plan.yaml')).toMatchObject({ code: 0 })
  }
})

test(
  'a daemon that is ended while the disk is full ends well, and its run goes on later',
  { timeout: 60_000 },
  async () => {
    await using project = new Project()
    using disk = new SmallDisk('tmpfs', project.path('.orchd'), 8)
    project.write('orchestrator_config.yaml', noMarks)
    project.write('plan.yaml', `name: p\nsteps:\n  - { id: a, run: "until test -e go; do sleep 0.05; done" }\n`)
    const daemon = await project.daemon()
    let said = ''
    daemon.child.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await project.json('run', 'plan.yaml', '--detach')
    disk.fill()
    project.write('go', '')
    await until('the end of the step could not be written', () => said.includes('DISK_FULL'))
    daemon.child.kill('SIGTERM')
    expect(await daemon.ended).toMatchObject({ code: 0, signal: null })
    disk.empty()
    expect(await project.orchd('resume')).toMatchObject({ code: 0, stderr: expect.stringContaining('0 begun, 0 lost') })
  },
)
