import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'

test('a rehearsal goes through where steps read what other steps would have given', async () => {
  await using project = new Project()
  project.write(
    'plan.yaml',
    `name: p
steps:
  - { id: make, run: echo "word=real" >> "$ORCHD_OUTPUT"; touch ran }
  - { id: ask, depends_on: [make], agent: claude_code, prompt: "Explain \${{ steps.make.outputs.word }}." }
  - { id: use, depends_on: [ask], run: "true", env: { SAID: "\${{ steps.ask.outputs.answer.text }}" } }
outputs: { word: "\${{ steps.make.outputs.word }}" }
`,
  )
  const { code, stdout } = await project.orchd('run', 'plan.yaml', '--simulate', '--json')
  expect([code, JSON.parse(stdout.trim().split('\n').at(-1)!)]).toMatchObject([
    0,
    { status: 'completed', simulated: true, outputs: { word: 'simulated word' } },
  ])
})

test("the example of a request is rehearsed to its end, and answered field for field as the contract's example", async () => {
  await using project = new Project()
  project.copyFromRepository('test/fixtures/contracts/request.json')
  const { code, stdout } = await project.orchd(
    'request',
    'test/fixtures/contracts/request.json',
    '--simulate',
    '--json',
  )
  const response: unknown = JSON.parse(stdout.trim().split('\n').at(-1)!)
  const example = JSON.parse(readFileSync('test/fixtures/contracts/response.json', 'utf8'))
  // What no work was done for is not known: null, and never made up.
  const unknown = { pr_url: null, diff_summary: null, test_results: null }
  const { execution_summary: summary, results } = example
  expect(Object.keys(example.artifacts)).toEqual(Object.keys(unknown))
  expect([code, response]).toMatchObject([
    0,
    {
      ...shapeOf(example),
      request_id: example.request_id,
      status: example.status,
      execution_summary: {
        ...shapeOf(summary),
        primary_agent: summary.primary_agent,
        support_agents: summary.support_agents,
        tasks_completed: 6,
        tasks_failed: 0,
      },
      results: Object.fromEntries(
        Object.keys(results).map((agent) => [agent, { status: 'success', outputs: expect.any(Object) }]),
      ),
      artifacts: unknown,
      simulated: true,
    },
  ])
})

/** Its keys, each with a value of the same type. */
const shapeOf = (example: object): object =>
  Object.fromEntries(Object.entries(example).map(([key, value]) => [key, expect.any(value.constructor)]))
