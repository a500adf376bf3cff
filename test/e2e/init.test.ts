import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'

type Fixture = {
  readonly files: { readonly [name: string]: string }
  /** Tells whether the tools of this kind are on this machine: else its plan is only validated. */
  readonly tools: readonly string[] | null
}

const lock = JSON.stringify({ name: 'x', lockfileVersion: 3, packages: { '': { name: 'x' } } })

const fixtures: { readonly [kind: string]: Fixture } = {
  npm: {
    tools: ['npm', '--version'],
    files: { 'package.json': '{"name":"x","scripts":{"test":"node -p 1"}}', 'package-lock.json': lock },
  },
  make: { tools: ['make', '--version'], files: { Makefile: 'test:\n\techo tested\n' } },
  go: {
    tools: ['go', 'version'],
    files: { 'go.mod': 'module x\n', 'x_test.go': 'package x\nimport "testing"\nfunc TestX(t *testing.T) {}\n' },
  },
  cargo: {
    tools: ['cargo', '--version'],
    files: { 'Cargo.toml': '[package]\nname = "x"\nversion = "0.1.0"\n', 'src/lib.rs': '#[test]\nfn x() {}\n' },
  },
  pytest: {
    tools: ['python3', '-m', 'pytest', '--version'],
    files: { 'pytest.ini': '[pytest]\n', 'test_x.py': 'def test_x():\n    pass\n' },
  },
  unittest: {
    tools: ['python3', '--version'],
    files: {
      'setup.cfg': '',
      'test_x.py': 'import unittest\nclass T(unittest.TestCase):\n    def test_x(self): pass\n',
    },
  },
  'make and npm': {
    tools: ['make', '--version'],
    files: { 'package.json': '{"name":"x"}', Makefile: 'test:\n\techo tested\n' },
  },
  'nothing that is known': { tools: ['true'], files: { 'README.md': '' } },
  // Their tests need the network, or tools that few machines have.
  maven: { tools: null, files: { 'pom.xml': '' } },
  gradle: { tools: null, files: { 'build.gradle': '', gradlew: '' } },
  bundler: { tools: null, files: { Gemfile: '', spec: '' } },
  mix: { tools: null, files: { 'mix.exs': '' } },
  composer: { tools: null, files: { 'composer.json': '{}' } },
  dotnet: { tools: null, files: { 'x.csproj': '' } },
  uv: { tools: null, files: { 'pyproject.toml': '', 'uv.lock': '' } },
}

const isHere = ([command = '', ...args]: readonly string[]): boolean => spawnSync(command, args).status === 0

describe.each(Object.entries(fixtures))('%s', (_, { files, tools }) => {
  const runs = tools !== null && isHere(tools)

  test(`orchd init && orchd validate${runs ? ' && orchd run' : '; its tools are not here, so it is not run'}`, async () => {
    await using project = new Project()
    for (const [name, text] of Object.entries(files)) project.write(name, text)
    expect(await project.orchd('init')).toMatchObject({ code: 0, stderr: '' })
    expect(await project.orchd('validate', 'plans/first.yaml')).toMatchObject({ code: 0, stderr: '' })
    expect(await project.orchd('fmt', '--check', 'plans/first.yaml')).toMatchObject({ code: 0 })
    if (!runs) return
    const { code, stdout, stderr } = await project.orchd('run', 'plans/first.yaml')
    expect([code, stdout], stderr).toEqual([0, expect.stringContaining('first completed')])
  })
})

test('init DIR makes the folder, and says what to do there', async () => {
  await using project = new Project()
  const { code, stdout } = await project.orchd('init', 'new/project')
  expect([code, stdout]).toEqual([0, expect.stringMatching(/ {2}cd new\/project\n {2}orchd run plans\/first\.yaml\n/)])
  expect(project.read('new/project/plans/first.yaml')).toContain('there are no tests yet')
  const report = await project.json('init', 'new/project')
  expect(report).toMatchObject({
    folder: project.path('new/project'),
    detected: [],
    test: null,
    plan: 'plans/first.yaml',
    files: expect.arrayContaining([{ path: 'plans/first.yaml', status: 'left' }]),
  })
})
