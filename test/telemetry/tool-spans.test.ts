import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import { attemptSpanId } from '../../src/telemetry/ids.ts'
import type { SpanRecord } from '../../src/telemetry/span.ts'
import { toolSpans } from '../../src/telemetry/tool-spans.ts'
import { prompt } from '../report/worked.ts'
import { plan, step } from '../support/plans.ts'
import { KernelRun, someRun, success } from '../support/runs.ts'

/** The spans of the tools that an attempt of 10 s used, of which its folder says this. */
function spansOf(text: string | null): readonly SpanRecord[] {
  const folder = mkdtempSync(join(tmpdir(), 'orchd-tools-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  if (text !== null) writeFileSync(join(folder, 'tools.json'), text)
  const run = new KernelRun(plan([step('a', [], prompt('claude_code'))])).start('a', 'claude_code').pass(10_000)
  const before = run.state
  run.finish('a', success)
  const event = run.events.at(-1)!
  return toolSpans(before, { seq: 3, runId: someRun, event }, run.state, () => folder)
}

const call = { id: 'toolu_1', name: 'Bash', startAt: 1_000_100, endAt: 1_000_400, failed: false }

test('each call of a tool is a span below the attempt, with its name and times, and nothing of what it was given', () => {
  const failed = { ...call, id: 'toolu_2', name: 'Edit', failed: true, startAt: 0, endAt: 9_999_999 }
  const spans = spansOf(JSON.stringify({ calls: [call, failed], more: 7 }))
  expect(spans).toMatchObject([
    {
      name: 'execute_tool Bash',
      parentSpanId: attemptSpanId(someRun, stepId('a'), 1),
      startAt: 1_000_100,
      endAt: 1_000_400,
      error: null,
      attributes: {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'Bash',
        'gen_ai.tool.call.id': 'toolu_1',
        'cicd.pipeline.task.run.id': `${someRun}/a/1`,
      },
    },
    // It lies within its attempt, whatever the file says.
    {
      name: 'execute_tool Edit',
      startAt: 1_000_000,
      endAt: 1_010_000,
      error: {},
      attributes: { 'error.type': 'tool_error' },
    },
    { name: 'execute_tool (more)', startAt: 1_010_000, attributes: { 'orchd.tool_calls.more': 7 } },
  ])
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(3)
})

test.each([null, '', '[]', '{"calls":[1,{"id":1}],"more":"x"}', '{"calls":null}'])(
  'a file that is missing or damaged tells of no calls: %j',
  (text) => expect(spansOf(text)).toEqual([]),
)
