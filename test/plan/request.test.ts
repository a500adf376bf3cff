import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isJsonObject, type Json, type JsonObject } from '../../src/base/json.ts'
import { compileRequest } from '../../src/plan/request/compile.ts'
import { planText } from '../../src/plan/request/plan-text.ts'
import { readRequest } from '../../src/plan/request/read.ts'
import type { Surroundings } from '../../src/plan/request/surroundings.ts'
import { read } from './check.ts'

const example = readFileSync('test/fixtures/contracts/request.json', 'utf8')
const inGit: Surroundings = {
  isRepository: true,
  test: { run: 'npm test', why: 'the script "test" of package.json' },
  setup: null,
  reviewFrom: null,
}

function compiled(request: JsonObject, around = inGit): ReturnType<typeof compileRequest> {
  const { request: found, diagnostics } = readRequest(JSON.stringify(request), 'request.json')
  if (found === null) throw new Error(JSON.stringify(diagnostics))
  return compileRequest(found, around)
}

function stepsOf({ plan }: { readonly plan: JsonObject }): readonly JsonObject[] {
  const steps: Json | undefined = plan['steps']
  return Array.isArray(steps) ? steps.filter(isJsonObject) : []
}

const idsOf = (made: { readonly plan: JsonObject }): readonly unknown[] => stepsOf(made).map(({ id }) => id)
const task = (description: string, constraints: JsonObject = {}): JsonObject => ({ task: { description, constraints } })

describe('a request', () => {
  test('like the example of the description becomes a plan that is valid, and says why it looks like that', () => {
    const { request, diagnostics } = readRequest(example, 'request.json')
    expect(diagnostics).toEqual([])
    const made = compileRequest(request!, inGit)
    expect(made.plan).toMatchObject({
      name: 'complex-refactor-orch-123-abc',
      context: { repository: '/path/to/repo', branch: 'feature/auth-refactor', files: ['src/auth/**/*.py'] },
      constraints: { max_duration: 300, require_tests: { run: 'npm test' }, require_pr: true },
      defaults: { agent: 'auto' },
    })
    const text = planText(made, [{ id: 'design', order: [{ name: 'claude_code', why: 'it thinks' }] }])
    expect(text).toContain('# its type is given: complex_refactor\n')
    expect(text).toContain(
      '  # a design first, because it is a complex_refactor\n  # claude_code: it thinks\n  - id: design\n',
    )
    const { plan, diagnostics: ofPlan } = read(text, {})
    expect(ofPlan.filter(({ severity }) => severity === 'error')).toEqual([])
    const steps = plan?.steps.filter(({ implicit }) => implicit !== true) ?? []
    expect(steps.map(({ id, type, dependsOn }) => [id, type, dependsOn])).toEqual([
      ['design', 'design', []],
      ['implement', 'complex_refactor', ['design']],
      ['write-tests', 'test_generation', ['design']],
      ['combine', 'complex_refactor', ['implement', 'write-tests']],
      ['review', 'review', ['combine']],
      ['finish', 'bug_fix', ['review']],
    ])
  })

  test.each([
    ['Fix the crash at login', {}, ['implement']],
    ['Fix the crash at login', { require_tests: true }, ['implement', 'write-tests', 'combine', 'finish']],
    ['Document the login', { require_tests: true }, ['implement']],
    ['Write tests for the login', { require_tests: true }, ['implement']],
    ['Review the login for security', { require_tests: true }, ['review']],
    ['Design the login', {}, ['design']],
    ['Speed it up across the whole codebase', {}, ['design', 'implement', 'review', 'finish']],
  ])('%s, %j: %j', (description, constraints, steps) => {
    expect(idsOf(compiled(task(description, constraints)))).toEqual(steps)
  })

  test('has steps that design and review read only, and the tests run where the work is to pass them', () => {
    const steps = stepsOf(compiled(task('Refactor it', { require_tests: true })))
    const verify = { run: 'npm test', max_rounds: 3 }
    expect(Object.fromEntries(steps.map(({ id, permissions = null, verify: how = null }) => [id, [permissions, how]]))).toEqual({
      design: [{ file_system: 'read_only' }, null],
      implement: [null, verify],
      'write-tests': [null, null],
      combine: [null, null],
      review: [{ file_system: 'read_only' }, null],
      finish: [null, verify],
    }) // prettier-ignore
    const [documented] = stepsOf(compiled(task('Document it')))
    expect(documented).not.toHaveProperty('verify')
    expect(compiled(task('Document it')).reasons.join()).not.toContain('npm test')
    const [untested] = stepsOf(compiled(task('Fix it'), { ...inGit, test: null }))
    expect(untested).not.toHaveProperty('verify')
  })

  test('shows a review the change, and leaves nothing on the branch that is reviewed', () => {
    const steps = stepsOf(compiled(task('Refactor it')))
    expect(steps.find(({ id }) => id === 'review')?.['prompt']).toContain('`git diff orchd/base`')
    const context = { base: 'main', branch: 'feature' }
    const made = compiled({ ...task('Review the change'), context }, { ...inGit, reviewFrom: 'abc123' })
    expect(made.plan['context']).toEqual({ repository: '.', base: 'feature' })
    expect(stepsOf(made)[0]?.['prompt']).toContain('`git diff abc123`')
  })

  test('makes its workspaces ready', () => {
    const setup = { run: 'npm ci', why: 'package-lock.json', key: ['package-lock.json'], cache: ['node_modules'] }
    const { plan, reasons } = compiled(task('Fix it'), { ...inGit, setup })
    expect(plan).toMatchObject({
      context: { setup: { run: 'npm ci', key: ['package-lock.json'], cache: ['node_modules'] } },
    })
    expect(reasons).toContain('made ready with "npm ci": package-lock.json')
  })

  test('works in the folder itself, one step after the other, where there is no repository and none is asked for', () => {
    const outside = { ...inGit, isRepository: false }
    const made = compiled(task('Fix it', { require_tests: true }), outside)
    expect(made.plan).not.toHaveProperty('context')
    expect(made.plan).toMatchObject({ constraints: { max_parallel: 1 } })
    expect(idsOf(made)).toEqual(['implement', 'write-tests'])
    expect(made.reasons.at(-1)).toContain('in no git repository')
    expect(compiled({ ...task('Fix it'), context: { branch: 'b' } }, outside).plan).toHaveProperty('context')
    expect(compiled(task('Fix it', { require_pr: true }), outside).plan).toHaveProperty('context')
  })

  test('keeps its preferences', () => {
    const preferences = { allow_parallel: false, preferred_agent: 'claude_code', fallback_enabled: false }
    const { plan } = compiled({ ...task('Fix it', { require_tests: true }), preferences })
    expect(plan).toMatchObject({
      defaults: { agent: { prefer: ['claude_code'] }, fallback: [] },
      constraints: { max_parallel: 1 },
      steps: [{ id: 'implement' }, { id: 'write-tests', depends_on: ['implement'], verify: { run: 'npm test' } }],
    })
  })

  test('is data: an expression in its words is not evaluated', () => {
    const { plan } = read(planText(compiled({ task: { description: 'Fix ${{ run.id }}' } })), {})
    expect(JSON.stringify(plan?.steps[0]?.body)).toContain('$${{ run.id }}')
  })

  test('of a type that is a typing error is warned of', () => {
    const { request, diagnostics } = readRequest('{"task": {"description": "x", "type": "bug_fixx"}}', 'request.json')
    expect(request).not.toBeNull()
    expect(diagnostics).toMatchObject([
      { code: 'TASK_TYPE_UNKNOWN', severity: 'warning', column: 39, help: 'did you mean "bug_fix"?' },
    ])
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
