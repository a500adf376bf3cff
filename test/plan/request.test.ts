import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isJsonObject, type JsonObject } from '../../src/base/json.ts'
import { compileRequest } from '../../src/plan/request/compile.ts'
import { planText } from '../../src/plan/request/plan-text.ts'
import { readRequest } from '../../src/plan/request/read.ts'
import { read } from './check.ts'

const example = readFileSync('test/fixtures/contracts/request.json', 'utf8')

function compiled(request: JsonObject): ReturnType<typeof compileRequest> {
  const { request: found, diagnostics } = readRequest(JSON.stringify(request), 'request.json')
  if (found === null) throw new Error(JSON.stringify(diagnostics))
  return compileRequest(found)
}

const stepsOf = ({ plan }: { readonly plan: JsonObject }): readonly unknown[] =>
  Array.isArray(plan['steps']) ? plan['steps'].map((step) => (isJsonObject(step) ? step['id'] : null)) : []

describe('a request', () => {
  test('like the example of the description becomes a plan that is valid, and says why it looks like that', () => {
    const { request, diagnostics } = readRequest(example, 'request.json')
    expect(diagnostics).toEqual([])
    const made = compileRequest(request!)
    expect(made.plan).toMatchObject({
      name: 'complex-refactor-orch-123-abc',
      context: { repository: '/path/to/repo', branch: 'feature/auth-refactor', files: ['src/auth/**/*.py'] },
      constraints: { max_duration: 300, require_tests: true, require_pr: true },
      defaults: { agent: 'auto' },
    })
    expect(stepsOf(made)).toEqual(['design', 'implement', 'write-tests'])
    const text = planText(made)
    expect(text).toContain('# its type is given: complex_refactor\n')
    const { plan, diagnostics: ofPlan } = read(text, {})
    expect(ofPlan.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(plan?.steps.filter(({ implicit }) => implicit !== true).map(({ id, dependsOn }) => [id, dependsOn])).toEqual(
      [
        ['design', []],
        ['implement', ['design']],
        ['write-tests', ['design']],
      ],
    )
  })

  test.each([
    ['Fix the crash at login', ['implement']],
    ['Review the login for security', ['review']],
    ['Rewrite everything across the whole codebase', ['design', 'implement']],
  ])('%s: %j', (description, steps) => {
    expect(stepsOf(compiled({ task: { description } }))).toEqual(steps)
  })

  test('keeps its preferences', () => {
    const preferences = { allow_parallel: false, preferred_agent: 'claude_code', fallback_enabled: false }
    const constraints = { require_tests: true }
    const { plan } = compiled({ task: { description: 'Fix it', constraints }, preferences })
    expect(plan).toMatchObject({
      defaults: { agent: { prefer: ['claude_code'] }, fallback: [] },
      constraints: { max_parallel: 1 },
      steps: [{ id: 'implement' }, { id: 'write-tests', depends_on: ['implement'] }],
    })
  })

  test('is data: an expression in its words is not evaluated', () => {
    const { plan } = read(planText(compiled({ task: { description: 'Fix ${{ run.id }}' } })), {})
    expect(JSON.stringify(plan?.steps[0]?.body)).toContain('$${{ run.id }}')
  })

  test('is refused with each mistake at its place', () => {
    const text = '{\n  "task": { "descriptoin": "Fix it" },\n  "preferences": { "allow_parallel": "yes" }\n}\n'
    const { request, diagnostics } = readRequest(text, 'request.json')
    expect(request).toBeNull()
    expect(diagnostics.map(({ line, column }) => [line, column])).toEqual(
      expect.arrayContaining([
        [2, 13],
        [3, 38],
      ]),
    )
    expect(diagnostics.find(({ line, column }) => line === 2 && column === 13)?.help).toContain('description')
  })
})
