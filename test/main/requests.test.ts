import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { checkRequest } from '../../src/main/requests.ts'
import type { CheckedRequest } from '../../src/surfaces/cli/deps.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orchd-requests-'))
  const agents = { worker: { type: 'simulated', capabilities: ['work'] } }
  write('orchestrator_config.yaml', JSON.stringify({ agents }))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)

function git(...args: string[]): string {
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org']
  return execFileSync('git', [...who, ...args], { cwd: folder, encoding: 'utf8' }).trim()
}

function repository(): void {
  git('init', '--quiet', '--initial-branch=main')
  git('add', '--all')
  git('commit', '--quiet', '--message=first')
}

function check(text: string, simulate: 'none' | 'all' = 'none', forRun = true): Promise<CheckedRequest> {
  const { config } = loadConfig({ projectFolder: folder, env: {} })
  const place = { file: 'request.json', projectFolder: folder, config, env: {}, seesKeys: true }
  return checkRequest({ ...place, bytes: Buffer.from(text), simulate, forRun })
}

const placesOf = ({ diagnostics }: CheckedRequest): readonly string[] =>
  diagnostics.map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`)

const asked = (context: object): string =>
  JSON.stringify({ task: { description: 'Fix it', constraints: { require_pr: true } }, context })

describe('mistakes', () => {
  test('in what a request says, what its plan shows and where it is to work are told all at once, in the request', async () => {
    repository()
    const checked = await check(`{
  "task": {
    "description": "Refactor the login",
    "type": "complex_refactr",
    "constraints": { "max_duration": "0s", "require_tests": true, "require_pr": true }
  },
  "preferences": { "preferred_agent": "wroker" },
  "context": { "branch": "feature..x", "base": "nope", "files": ["src/**", "../x"] }
}`)
    expect(checked).toMatchObject({ plan: null, compiled: null })
    expect(placesOf(checked)).toEqual([
      'request.json:4:13 TASK_TYPE_UNKNOWN',
      'request.json:5:38 VALUE_OUT_OF_RANGE',
      'request.json:5:61 TEST_COMMAND_MISSING',
      'request.json:5:81 CONTEXT_UNUSABLE',
      'request.json:7:39 AGENT_UNKNOWN',
      'request.json:8:26 VALUE_MALFORMED',
      'request.json:8:48 CONTEXT_UNUSABLE',
      'request.json:8:76 PATH_OUTSIDE',
    ])
    expect(checked.diagnostics.find(({ code }) => code === 'AGENT_UNKNOWN')?.help).toBe('did you mean "worker"?')
  })

  test('of several steps that are the same are told once, at the task', async () => {
    write('orchestrator_config.yaml', '{}\n')
    const checked = await check('{"task": {"description": "Refactor it"}}')
    expect(placesOf(checked)).toEqual(['request.json:1:26 AGENT_UNAVAILABLE'])
  })

  test('of a place without git are told at what asks for git', async () => {
    const pr = await check('{"task": {"description": "Fix it", "constraints": {"require_pr": true}}}')
    expect(placesOf(pr)).toEqual(['request.json:1:66 CONTEXT_UNUSABLE'])
    const named = await check('{"task": {"description": "Fix it"}, "context": {"repository": "nowhere"}}')
    expect(placesOf(named)).toEqual(['request.json:1:63 CONTEXT_UNUSABLE'])
  })

  test('of a repository that is named by its URL are told before it is cloned, also where the plan is only shown', async () => {
    const strange = asked({ repository: 'git://example.org/a.git', branch: 'a..b' })
    const places = ['request.json:1:92 VALUE_MALFORMED', 'request.json:1:127 VALUE_MALFORMED']
    expect(placesOf(await check(strange, 'none', false))).toEqual(places)
    expect(placesOf(await check(strange, 'all'))).toEqual(places)
    const closed = await check(asked({ repository: 'https://github.com/acme/shop.git' }))
    expect(placesOf(closed)).toEqual(['request.json:1:61 CONTEXT_UNUSABLE'])
    expect(closed.diagnostics[0]?.message).toBe('require_pr: GITHUB_TOKEN is not set')
    const elsewhere = await check(asked({ repository: 'https://git.example.org/acme/shop.git' }))
    expect(elsewhere.diagnostics[0]?.message).toContain('its remote is on git.example.org')
  })

  test('of a request that is empty or too long speak of the request', async () => {
    const [empty] = (await check('')).diagnostics
    expect(empty?.help).toBe('a request has a task: {"task": {"description": "..."}}')
    const [long] = (await check(JSON.stringify({ task: { description: 'x'.repeat(2 ** 20) } }))).diagnostics
    expect(long?.help).toContain('name a file of the repository')
    repository()
    const { diagnostics } = await check(JSON.stringify({ task: { description: 'ü'.repeat(65_536) } }))
    expect(diagnostics).toMatchObject([{ code: 'TEXT_TOO_LARGE', line: 1, column: 24 }])
    expect(diagnostics[0]?.message).toBe(
      'the plan of this request is larger than 1 MiB: each step holds the description',
    )
  })

  test('of a task without words are told', async () => {
    expect(placesOf(await check('{"task": {"description": " \\n"}}'))).toEqual(['request.json:1:26 VALUE_OUT_OF_RANGE'])
  })

  test('of a place do not hinder a rehearsal, nor a plan that is only shown', async () => {
    const text = '{"task": {"description": "Fix it"}, "context": {"repository": "/path/to/repo", "branch": "b"}}'
    expect((await check(text, 'all')).plan?.context).toMatchObject({ repository: '/path/to/repo', branch: 'b' })
    expect((await check(text, 'none', false)).compiled).not.toBeNull()
  })
})

const tested = (context: object): string =>
  JSON.stringify({ task: { description: 'Fix it', constraints: { require_tests: true } }, context })

describe('what is found at the place', () => {
  test('is how the project is tested and made ready, unless the request or the configuration says it', async () => {
    write('package.json', '{"scripts": {"test": "node --test"}, "dependencies": {"a": "1"}}')
    write('package-lock.json', '{}')
    repository()
    const found = await check(tested({}))
    expect(found.plan?.constraints.requireTests).toMatchObject({ run: 'npm test' })
    expect(found.plan?.steps[0]?.verify).toEqual({ run: 'npm test', maxRounds: 3 })
    expect(found.plan?.context).toMatchObject({ setup: { run: 'npm ci', cache: ['node_modules'] } })
    expect(found.compiled?.analysis.reasons).toContain('tested with "npm test": the script "test" of package.json')
    const told = await check(tested({ test_command: 'make check' }))
    expect(told.plan?.constraints.requireTests).toMatchObject({ run: 'make check' })
    write(
      'orchestrator_config.yaml',
      'test_command: make test\nagents: { worker: { type: simulated, capabilities: [work] } }\n',
    )
    expect((await check(tested({}))).plan?.constraints.requireTests).toMatchObject({ run: 'make test' })
  })

  test('is the change of a branch that is to be reviewed', async () => {
    repository()
    git('checkout', '--quiet', '-b', 'feature')
    git('commit', '--quiet', '--allow-empty', '--message=second')
    git('checkout', '--quiet', 'main')
    const context = { base: 'main', branch: 'feature' }
    const { compiled } = await check(JSON.stringify({ task: { description: 'Review the change' }, context }))
    expect(compiled?.planText).toContain(`git diff ${git('rev-parse', 'main')}`)
  })

  test('is not looked for in a repository that is named by its URL, but its work is done in git', async () => {
    const work = '{"task": {"description": "Refactor the login", "type": "complex_refactor"}'
    const { plan, compiled } = await check(`${work}, "context": {"repository": "https://git.example.org/shop.git"}}`)
    expect(plan).toMatchObject({ context: { repository: 'https://git.example.org/shop.git' } })
    expect(compiled?.planText).toContain('git diff orchd/base')
  })

  test('is nothing in a folder without git, where the work then is done', async () => {
    mkdirSync(join(folder, 'src'))
    const { plan, compiled } = await check('{"task": {"description": "Fix it"}}')
    expect(plan).toMatchObject({ context: null, steps: [{ id: 'implement', isolation: 'none' }] })
    expect(compiled?.analysis).toMatchObject({
      type: 'bug_fix',
      size: 'medium',
      steps: [{ id: 'implement', agent: 'worker', agent_why: 'takes any work (bug_fix)', fallback: [] }],
    })
  })
})
