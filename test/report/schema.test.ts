import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import { responseOf } from '../../src/report/response.ts'
import type { RunReport } from '../../src/ports/report.ts'
import type { RunResponse } from '../../src/ports/response.ts'
import { reportText } from '../../src/report/report-text.ts'
import { reportOf } from '../../src/report/run-report.ts'
import { gate, plan, step } from '../support/plans.ts'
import { failure, KernelRun, success } from '../support/runs.ts'

type Schema = { readonly properties: object; readonly $defs: { readonly step: { readonly properties: object } } }

const schemaOf = (name: string): Schema => JSON.parse(readFileSync(`schemas/${name}.schema.json`, 'utf8'))
/** The same, but without room for what it does not describe: a new field must be described. */
const closed = (schema: Schema, $id: string): object => ({
  ...JSON.parse(JSON.stringify(schema), (_key, value: unknown) =>
    isObject(value) && 'properties' in value ? { additionalProperties: false, ...value } : value,
  ),
  $id,
})
const ajv = new Ajv2020({ allErrors: true, strict: false })
const schema = schemaOf('response')
const matches = ajv.compile(closed(schema, 'response'))
const reportSchema = schemaOf('report')
const isReport = ajv.compile(closed(reportSchema, 'report'))

const responses: readonly [string, () => KernelRun][] = [
  ['is queued', () => new KernelRun(plan([step('a', [], { name: 'A' }), step('b', ['a'])]))],
  ['is running', () => new KernelRun(plan([step('a')])).start('a')],
  ['waits for a person', () => new KernelRun(plan([step('go', [], { body: gate() })]))],
  ['is retried', () => new KernelRun(plan([step('a', [], { retry })])).run('a', failure)],
  ['completed', () => new KernelRun(withOutputs).run('a', rich).run('tidy', { ...success, outputs: [1, 'x', null] })],
  ['failed', () => new KernelRun(plan([step('a'), step('b', ['a'])])).run('a', failure)],
  ['was rejected', () => new KernelRun(plan([step('go', [], { body: gate() })])).answer('go', 'reject')],
  ['was cancelled', () => new KernelRun(plan([step('a'), step('b', ['a'])])).cancel()],
  ['lost an attempt', lost],
]

const retry = { ...step('a').retry, maxAttempts: 2 }
const withOutputs = plan([step('a')], { finally: [step('tidy')], outputs: { x: '${{ steps.a.outputs.x }}' } })
const rich = { ...success, outputs: { x: [1] }, usage: { inputTokens: 3, outputTokens: 0 }, costUsd: 0.01 }

function lost(): KernelRun {
  const run = new KernelRun(plan([step('a')])).start('a')
  return run.apply({ type: 'attempt_lost', at: run.now, step: stepId('a'), attempt: 1 })
}

test.each(responses)('the response of a run that %s is as its schema says, and holds nothing else', (_, make) => {
  const run = make()
  const response: RunResponse = JSON.parse(JSON.stringify(responseOf(run.state, run.now, 7)))
  matches(response)
  expect(matches.errors ?? []).toEqual([])
  expect(Object.keys(response).toSorted()).toEqual(Object.keys(schema.properties).toSorted())
  for (const found of response.steps) {
    expect(Object.keys(found).toSorted()).toEqual(Object.keys(schema.$defs.step.properties).toSorted())
  }
})

test.each(responses)('the report of a run that %s is as its schema says, and holds nothing else', (_, make) => {
  const run = make()
  const trace = { trace_id: '0af7651916cd43dd8448eb211c80319c', url: null }
  const context = { now: run.now, orchdVersion: '1.2.3', trace, events: run.events, secretValues: [] }
  const report: RunReport = JSON.parse(reportText(reportOf(run.state, context), 'json'))
  isReport(report)
  expect(isReport.errors ?? []).toEqual([])
  expect(Object.keys(report).toSorted()).toEqual(Object.keys(reportSchema.properties).toSorted())
  for (const found of report.steps)
    expect(Object.keys(found).toSorted()).toEqual(Object.keys(reportSchema.$defs.step.properties).toSorted())
})

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
