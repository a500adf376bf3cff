import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { formatPlan } from '../../src/plan/format.ts'
import { parsePlan } from '../../src/plan/parse.ts'
import { init } from '../../src/surfaces/init/init.ts'
import { temporaryFolder } from '../config/project.ts'

let folder = ''
beforeEach(() => {
  folder = temporaryFolder()
})

const read = (path: string): string => readFileSync(join(folder, path), 'utf8')
const run = (force = false): ReturnType<typeof init> => init({ folder, packageFolder: '.', force })
const schemaOf = (path: string): string => /\$schema=(\S+)/.exec(read(path).split('\n')[0] ?? '')?.[1] ?? ''
const agents = new Map([['simulated', 'simulated']])

const projects: readonly (readonly [string, { readonly [name: string]: string }])[] = [
  ['an empty folder', {}],
  ['Node.js', { 'package.json': '{"scripts":{"test":"x"}}', 'package-lock.json': '{}' }],
  ['Python and Go', { 'pyproject.toml': '[project]\n[project.optional-dependencies]\ntest = []\n', 'go.work': '' }],
  ['.NET and a Makefile', { 'A.sln': '', Makefile: 'test:\n' }],
  [
    'everything',
    Object.fromEntries(
      [
        'package.json',
        'Cargo.toml',
        'go.mod',
        'setup.py',
        'pom.xml',
        'build.gradle',
        'Gemfile',
        'mix.exs',
        'composer.json',
        'a.csproj',
      ].map((name) => [name, '']),
    ),
  ],
]

test.each(projects)(
  'in %s, the plan has no mistake, runs in this build, and is formatted; so is the configuration',
  (_, files) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const { plan: path, detected } = run()
    const text = read(path)
    const options = { agents, readFile: null, forRun: true, simulate: 'none' } as const
    const { plan, diagnostics } = parsePlan(text, path, options)
    expect(diagnostics).toEqual([])
    expect(plan?.steps.length).toBeGreaterThanOrEqual(2)
    expect(formatPlan(text, path)).toEqual({ ok: true, value: text })
    const loaded = loadConfig({ projectFolder: folder, env: {} })
    expect(loaded.diagnostics).toEqual([])
    expect(loaded.config.testCommand).toBe(detected.test?.run ?? null)
  },
)

test('editors find the schemas by the first lines of plan and configuration', () => {
  const { plan } = run()
  expect(existsSync(join(folder, plan, '..', schemaOf(plan)))).toBe(true)
  expect(existsSync(join(folder, schemaOf('orchestrator_config.yaml')))).toBe(true)
})

test('what is there stays as it is, a link that leads nowhere too, and is said to be left; --force overwrites it', () => {
  mkdirSync(join(folder, 'plans'))
  writeFileSync(join(folder, 'plans/first.yaml'), 'mine\n')
  symlinkSync('nowhere', join(folder, 'orchestrator_config.yaml'))
  const statuses = Object.fromEntries(run().files.map(({ path, status }) => [path, status]))
  expect(statuses).toEqual({
    'orchestrator_config.yaml': 'left',
    'plans/first.yaml': 'left',
    'schemas/plan.schema.json': 'written',
    'schemas/config.schema.json': 'written',
  })
  expect(read('plans/first.yaml')).toBe('mine\n')
  expect(existsSync(join(folder, 'nowhere'))).toBe(false)
  writeFileSync(join(folder, 'nowhere'), '')
  expect(run(true).files.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'overwritten'))
  expect(read('plans/first.yaml')).toContain('name: first')
})

test('schemas of others keep their names, and ours go to a folder of their own', () => {
  mkdirSync(join(folder, 'schemas'))
  writeFileSync(join(folder, 'schemas/plan.schema.json'), '{"$id":"https://example.org/plan"}')
  expect(run().files.map(({ path }) => path)).toContain('schemas/orchd/plan.schema.json')
  expect(read('plans/first.yaml')).toContain('$schema=../schemas/orchd/plan.schema.json')
})

test('a folder that is a file is told', () => {
  writeFileSync(join(folder, 'plans'), '')
  expect(() => run()).toThrow(expect.objectContaining({ code: 'FILE_UNWRITABLE' }))
})
