import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'
import type { RunResponse } from '../../src/ports/response.ts'
import { allShapes, Family, launchersOf, type Shape } from './families.ts'
import { long, report } from './size.ts'

type Sixteen = Disposable & { readonly families: readonly Family[]; readonly plan: string }

/** Eight that are stopped 2 s after the death of their holder, and eight that may wait for another one. */
function sixteen(shapes: readonly Shape[]): Sixteen {
  const families = Array.from({ length: 16 }, (_, index) => new Family(shapes[index % shapes.length]!))
  const steps = families.map((family, index) => {
    const command = family.command(`: > began-${index}; until test -e go; do sleep 0.05; done`)
    const limit = index < 8 ? '\n    orphan_timeout: 2s' : ''
    return `  - id: s${index}\n    run: ${JSON.stringify(command)}${limit}\n    on_crash: fail\n`
  })
  return {
    families,
    plan: `name: families\nsteps:\n${steps.join('')}`,
    [Symbol.dispose]: () => families.forEach((family) => family.end()),
  }
}

const living = (families: readonly Family[]): Family[] => families.filter((family) => family.members().length > 0)

async function begun(project: Project, plan: string): Promise<{ kill(): Promise<void> }> {
  const daemon = await project.daemon()
  project.write('plan.yaml', plan)
  const submitted = await project.orchd('run', 'plan.yaml', '--detach')
  expect(submitted).toMatchObject({ code: 0 })
  const began = (): boolean =>
    Array.from({ length: 16 }, (_, i) => existsSync(project.path(`began-${i}`))).every(Boolean)
  await until('all sixteen run', began)
  return {
    async kill() {
      daemon.child.kill('SIGKILL')
      await daemon.ended
    },
  }
}

/** What the next daemon finds, and how the steps end once they may. */
async function nextDaemon(project: Project): Promise<{ found: string; outcomes: string[] }> {
  const daemon = await project.daemon()
  project.write('go', '')
  let run: RunResponse | undefined
  await until('the run ends', async () => {
    const [row] = JSON.parse((await project.orchd('ps', '--all', '--json')).stdout)
    if (row.finished_at === null) return false
    run = (await project.json('status', row.run_id)) as unknown as RunResponse // `status --json` prints the response
    return true
  })
  daemon.child.kill('SIGTERM')
  const { stderr } = await daemon.ended
  const found = /steps in flight: (.*), in/.exec(stderr)?.[1] ?? stderr
  const outcomes = run?.steps.map(({ outcome, cause }) => [outcome, cause].filter(Boolean).join('/')) ?? []
  return { found, outcomes }
}

const repeated = (count: number, value: string): string[] => Array<string>(count).fill(value)
const rounds = long ? 8 : 1

test('kill -9 of a daemon: each of 16 steps is adopted, or stopped after its orphan_timeout; none is unaccounted', async () => {
  for (let round = 0; round < rounds; round++) {
    await using project = new Project({ MAX_PARALLEL_AGENTS: '16' })
    using those = sixteen(allShapes)
    const { families } = those
    const daemon = await begun(project, those.plan)
    expect(living(families)).toHaveLength(16)
    await daemon.kill()
    // Those that no mark leads to end with the last of their launcher's attempts.
    const forsaken = families.slice(0, 8).filter(({ shape }) => shape !== 'unmarked')
    await until('the first eight are stopped', () => living(forsaken).length === 0)
    expect(living(families.slice(8))).toHaveLength(8)
    const { found, outcomes } = await nextDaemon(project)
    expect(found).toBe('8 adopted, 8 picked up, 0 begun, 0 lost')
    expect(outcomes).toEqual([...repeated(8, 'error/daemon_lost'), ...repeated(8, 'success')])
    await until('nothing of any family is left', () => living(families).length === 0)
  }
  report('orphans', { rounds, families: 16 * rounds, unaccounted: 0 })
})

test('kill -9 of a daemon and its launcher: each of 16 steps is found by its mark, and ended as lost', async () => {
  for (let round = 0; round < rounds; round++) {
    await using project = new Project({ MAX_PARALLEL_AGENTS: '16' })
    using those = sixteen(allShapes.filter((shape) => shape !== 'unmarked'))
    const { families } = those
    const daemon = await begun(project, those.plan)
    const launchers = launchersOf(project.path('.orchd'))
    expect(launchers).toHaveLength(1)
    await daemon.kill()
    for (const pid of launchers) process.kill(pid, 'SIGKILL')
    const { found, outcomes } = await nextDaemon(project)
    expect(found).toBe('16 adopted, 0 picked up, 0 begun, 0 lost')
    expect(outcomes).toEqual(repeated(16, 'error/daemon_lost'))
    await until('nothing of any family is left', () => living(families).length === 0)
  }
})
