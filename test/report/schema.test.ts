import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import { responseOf } from '../../src/report/response.ts'
import type { RunResponse } from '../../src/ports/response.ts'
import { gate, plan, step } from '../support/plans.ts'
import { failure, KernelRun, success } from '../support/runs.ts'

const schema = JSON.parse(readFileSync('schemas/response.schema.json', 'utf8'))
/** The same, but without room for what it does not describe: a new field must be described. */
const closed = JSON.parse(JSON.stringify(schema), (_key, value: unknown) =>
  isObject(value) && 'properties' in value ? { additionalProperties: false, ...value } : value,
)
const ajv = new Ajv2020({ allErrors: true, strict: false })
const matches = ajv.compile({ ...closed, $id: 'closed' })

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

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
