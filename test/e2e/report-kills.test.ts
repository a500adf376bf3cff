import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'
import type { RunReport } from '../../src/ports/report.ts'

const isReport = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync('schemas/report.schema.json', 'utf8')))

/** Nobody reads the report before the run is over: without the end it is nowhere. */
const plan = `name: p
outputs: { report: "\${{ run.report }}" }
steps:
  - { id: red, run: "exit 3", retry: { max_attempts: 2, delay: 1ms } }
`

test('whenever the holder is killed while it makes a report, the next one makes it', { timeout: 240_000 }, async () => {
  const calm = await reportAfter(null)
  expect(calm).toMatchObject({ killed: false, report: { status: 'failed', steps: [{ attempts: 2 }] } })
  for (const point of ['report:1', calm.end, 'report:2', 'report:7', 'report:8']) {
    const { killed, report, files } = await reportAfter(point)
    expect(killed, point).toBe(true)
    if (point === 'report:1') continue // it was not submitted
    expect(files, point).toEqual(['report.html', 'report.json', 'report.md'])
    expect(report, point).toMatchObject({ status: 'failed', steps: [{ attempt_list: [{}, { attempt: 2 }] }] })
    expect(report?.finished_at, point).not.toBeNull()
  }
})

type Made = {
  readonly killed: boolean
  readonly report: RunReport | null
  readonly files: readonly string[]
  /** Where its end is on the disk, and nothing has followed from that. */
  readonly end: string
}

async function reportAfter(point: string | null): Promise<Made> {
  await using project = new Project()
  project.write('plan.yaml', plan)
  project.write('next.yaml', 'name: next\nsteps: [{ id: a, run: "true" }]\n')
  const { ended } = project.start(['run', 'plan.yaml'], point === null ? {} : { ORCHD_TEST_CRASH: point })
  const { signal } = await ended
  expect((await project.orchd('run', 'next.yaml')).code).toBe(0)
  expect(readdirSync(project.path('.orchd/reports-due'))).toEqual([])
  const runs = (await project.json('ps', '-a')) as unknown as { readonly run_id: string; readonly plan: string }[]
  const run = runs.find((one) => one.plan === 'p')
  const killed = signal === 'SIGKILL'
  if (run === undefined) return { killed, report: null, files: [], end: '' }
  const folder = project.path('.orchd/runs', run.run_id, '_report')
  const report: RunReport = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'))
  expect(isReport(report), JSON.stringify(isReport.errors)).toBe(true)
  const { last_event_id: last } = (await project.json('status', run.run_id)) as { readonly last_event_id: string }
  const seq = Number(last.split('.')[0]) - eventsOfNext
  return { killed, report, files: readdirSync(folder).toSorted(), end: `committed:${seq}` }
}

/** Submitted, started and ended. */
const eventsOfNext = 3
