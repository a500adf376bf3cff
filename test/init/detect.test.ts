import { describe, expect, test } from 'vitest'
import { detect } from '../../src/surfaces/init/detect.ts'
import type { ProjectFiles } from '../../src/surfaces/init/detect/project-files.ts'

/** A project of these files; a text stands for its content, and a folder is there when a file in it is. */
function project(texts: { readonly [name: string]: string }): ProjectFiles {
  return {
    names: Object.keys(texts),
    has: (name) => Object.keys(texts).some((file) => file === name || file.startsWith(`${name}/`)),
    read: (name) => texts[name] ?? '',
  }
}

const script = (name: string, command: string, more: object = {}): string =>
  JSON.stringify({ scripts: { [name]: command }, ...more })

type Case = readonly [string, { readonly [name: string]: string }, string | null, string | null]

const cases: readonly Case[] = [
  ['npm with a lock file', { 'package.json': script('test', 'vitest'), 'package-lock.json': '' }, 'npm ci', 'npm test'],
  ['npm without anything to install', { 'package.json': script('test', 'node --test') }, null, 'npm test'],
  [
    'npm without a lock file',
    { 'package.json': script('test', 'x', { devDependencies: { x: '1' } }) },
    'npm install',
    'npm test',
  ],
  [
    'npm with the test that npm init writes',
    { 'package.json': script('test', 'echo "Error: no test specified" && exit 1') },
    null,
    null,
  ],
  ['a package.json that is broken', { 'package.json': '{', 'package-lock.json': '' }, 'npm ci', null],
  [
    'pnpm',
    { 'package.json': script('test', 'x'), 'pnpm-lock.yaml': '' },
    'pnpm install --frozen-lockfile',
    'pnpm test',
  ],
  ['yarn 1', { 'package.json': script('test', 'x'), 'yarn.lock': '' }, 'yarn install --frozen-lockfile', 'yarn test'],
  [
    'yarn 4',
    { 'package.json': script('test', 'x', { packageManager: 'yarn@4.5.0' }), 'yarn.lock': '' },
    'yarn install --immutable',
    'yarn test',
  ],
  ['bun', { 'package.json': script('test', 'x'), 'bun.lock': '' }, 'bun install --frozen-lockfile', 'bun run test'],
  [
    'the package manager that package.json names, among several lock files',
    {
      'package.json': script('test', 'x', { packageManager: 'pnpm@9.1.0' }),
      'package-lock.json': '',
      'pnpm-lock.yaml': '',
    },
    'pnpm install --frozen-lockfile',
    'pnpm test',
  ],
  ['Rust', { 'Cargo.toml': '[package]\nname = "x"\n' }, null, 'cargo test'],
  ['a workspace of Rust', { 'Cargo.toml': '[workspace]\nmembers = ["a"]\n' }, null, 'cargo test --workspace'],
  ['Go', { 'go.mod': '', 'go.sum': '' }, 'go mod download', 'go test ./...'],
  ['a workspace of Go', { 'go.work': '' }, null, "go test $(go list -f '{{.Dir}}/...' -m)"],
  ['tox', { 'tox.ini': '[tox]\n', 'pyproject.toml': '' }, null, 'tox'],
  ['nox', { 'noxfile.py': '', 'pyproject.toml': '' }, null, 'nox'],
  ['uv', { 'pyproject.toml': '[tool.pytest.ini_options]\n', 'uv.lock': '' }, 'uv sync --locked', 'uv run pytest'],
  ['poetry', { 'pyproject.toml': '[tool.poetry]\n[tool.pytest.ini_options]\n' }, 'poetry install', 'poetry run pytest'],
  ['pdm', { 'pyproject.toml': 'dependencies = ["pytest"]\n', 'pdm.lock': '' }, 'pdm sync --dev', 'pdm run pytest'],
  ['pipenv', { Pipfile: 'pytest = "*"\n', 'Pipfile.lock': '' }, 'pipenv sync --dev', 'pipenv run pytest'],
  ['pytest without anything to install', { 'pytest.ini': '[pytest]\n' }, null, 'python3 -m pytest'],
  ['Python without a test runner', { 'setup.cfg': '' }, null, 'python3 -m unittest'],
  [
    'requirements',
    { 'requirements.txt': 'flask\n', 'requirements-dev.txt': 'pytest\n' },
    'python3 -m venv .venv && .venv/bin/python -m pip install -r requirements.txt -r requirements-dev.txt pytest',
    '.venv/bin/python -m pytest',
  ],
  [
    'a package of Python with an extra for tests',
    { 'pyproject.toml': '[project]\nname = "x"\n[project.optional-dependencies]\ndev = ["pytest"]\n' },
    "python3 -m venv .venv && .venv/bin/python -m pip install -e '.[dev]' pytest",
    '.venv/bin/python -m pytest',
  ],
  ['Maven', { 'pom.xml': '' }, null, 'mvn -B test'],
  ['Maven with its wrapper', { 'pom.xml': '', mvnw: '' }, null, './mvnw -B test'],
  ['Gradle', { 'build.gradle.kts': '', gradlew: '' }, null, './gradlew test'],
  ['Ruby with RSpec', { Gemfile: '', '.rspec': '' }, 'bundle install', 'bundle exec rspec'],
  ['Ruby with rake', { Gemfile: '', Rakefile: '' }, 'bundle install', 'bundle exec rake test'],
  ['Rails', { Gemfile: '', 'bin/rails': '', 'test/a_test.rb': '' }, 'bundle install', 'bin/rails test'],
  ['Elixir', { 'mix.exs': '' }, 'mix deps.get', 'mix test'],
  [
    'PHP with a script',
    { 'composer.json': script('test', 'phpunit') },
    'composer install --no-interaction',
    'composer test',
  ],
  [
    'PHP with PHPUnit',
    { 'composer.json': '{}', 'phpunit.xml.dist': '' },
    'composer install --no-interaction',
    'vendor/bin/phpunit',
  ],
  ['.NET', { 'App.sln': '', 'App.csproj': '' }, 'dotnet restore', 'dotnet test'],
  ['a Makefile', { Makefile: '.PHONY: test\nall:\n\ntest: all\n\techo\n' }, null, 'make test'],
  ['a Makefile without the target', { Makefile: '.PHONY: test\ntest := 1\ntests:\n' }, null, null],
  ['a justfile', { justfile: 'test *args: build\n  x\n' }, null, 'just test'],
  [
    'a Makefile before what is usual',
    { 'go.mod': '', 'go.sum': '', Makefile: 'check test:\n' },
    'go mod download',
    'make test',
  ],
  ['a script before a Makefile', { 'package.json': script('test', 'x'), Makefile: 'test:\n' }, null, 'npm test'],
  ['nothing', { 'README.md': '' }, null, null],
]

test.each(cases)('%s', (_, files, setup, run) => {
  const detected = detect(project(files))
  expect(detected.found.find((found) => found.setup !== null)?.setup?.run ?? null).toBe(setup)
  expect(detected.test?.run ?? null).toBe(run)
})

describe('several kinds at once', () => {
  test('each is made ready and tested by its own commands', () => {
    const { found, test: all } = detect(project({ 'package.json': script('test', 'x'), 'go.mod': '', 'go.sum': '' }))
    expect(found.map(({ id, setup, test: own }) => [id, setup?.run, own?.run])).toEqual([
      ['node', undefined, 'npm test'],
      ['go', 'go mod download', 'go test ./...'],
    ])
    expect(all).toEqual({ run: 'npm test && go test ./...', why: 'the script "test" of package.json, go.mod' })
  })

  test('a target of the project tests them all', () => {
    const { found, test: all } = detect(project({ 'Cargo.toml': '', 'go.mod': '', justfile: 'test:\n' }))
    expect([found.map((one) => one.test), all?.run]).toEqual([[null, null], 'just test'])
  })
})
