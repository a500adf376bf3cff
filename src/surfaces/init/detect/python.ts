import { type Command, type Detector, firstOf } from './found.ts'
import type { ProjectFiles } from './project-files.ts'

/** Where the commands of a project's own environment are; it is made by the setup command. */
const venv = '.venv/bin/python'

type Tooling = {
  readonly setup: Command | null
  /** What goes before a command of the project's environment. */ readonly prefix: string
}

/** pyproject.toml and its relatives: the tool that manages the environment, and the one that runs the tests. */
export const detectPython: Detector = (files) => {
  const marker = firstOf(
    files,
    'pyproject.toml',
    'setup.py',
    'setup.cfg',
    'tox.ini',
    'pytest.ini',
    'requirements.txt',
    'Pipfile',
  )
  if (marker === undefined) return null
  const kind = { kind: 'Python', id: 'python' } as const
  const runner = runnerOf(files)
  if (runner.run === 'tox' || runner.run === 'nox') return { ...kind, setup: null, test: runner } // they make their own environments
  const { setup, prefix } = toolingOf(files, runner.run)
  return { ...kind, setup, test: { ...runner, run: `${prefix}${runner.run}` } }
}

function runnerOf(files: ProjectFiles): Command {
  const project = files.read('pyproject.toml')
  if (files.has('tox.ini')) return { run: 'tox', why: 'tox.ini' }
  if (hasSection(project, 'tool.tox')) return { run: 'tox', why: 'tool.tox in pyproject.toml' }
  if (files.has('noxfile.py')) return { run: 'nox', why: 'noxfile.py' }
  const sign = firstOf(files, 'pytest.ini', '.pytest.ini', 'conftest.py', 'tests/conftest.py')
  if (sign !== undefined) return { run: 'pytest', why: sign }
  if (hasSection(project, 'tool.pytest')) return { run: 'pytest', why: 'tool.pytest in pyproject.toml' }
  if (hasSection(files.read('setup.cfg'), 'tool:pytest')) return { run: 'pytest', why: 'tool:pytest in setup.cfg' }
  const naming = ['pyproject.toml', ...requirementFiles, 'Pipfile'].find((name) => /\bpytest\b/.test(files.read(name)))
  if (naming !== undefined) return { run: 'pytest', why: `pytest in ${naming}` }
  return { run: 'unittest', why: 'a Python project that names no test runner' }
}

const requirementFiles = ['requirements.txt', 'requirements-dev.txt', 'dev-requirements.txt', 'requirements-test.txt']

function toolingOf(files: ProjectFiles, runner: string): Tooling {
  const project = files.read('pyproject.toml')
  const run = runner === 'unittest' ? 'python -m ' : ''
  if (files.has('uv.lock')) return { setup: { run: 'uv sync --locked', why: 'uv.lock' }, prefix: `uv run ${run}` }
  if (files.has('poetry.lock') || hasSection(project, 'tool.poetry')) {
    return {
      setup: { run: 'poetry install', why: firstOf(files, 'poetry.lock') ?? 'tool.poetry in pyproject.toml' },
      prefix: `poetry run ${run}`,
    }
  }
  if (files.has('pdm.lock')) return { setup: { run: 'pdm sync --dev', why: 'pdm.lock' }, prefix: `pdm run ${run}` }
  if (files.has('Pipfile.lock'))
    return { setup: { run: 'pipenv sync --dev', why: 'Pipfile.lock' }, prefix: `pipenv run ${run}` }
  return pipTooling(files, runner)
}

/** An environment in `.venv`: many systems let pip install nothing into their own. */
function pipTooling(files: ProjectFiles, runner: string): Tooling {
  const lists = requirementFiles.filter((name) => files.has(name))
  const isPackage = files.has('setup.py') || hasSection(files.read('pyproject.toml'), 'project')
  const wanted = [
    ...lists.map((name) => `-r ${name}`),
    ...(isPackage ? [`-e ${packageOf(files.read('pyproject.toml'))}`] : []),
  ]
  if (wanted.length === 0) return { setup: null, prefix: 'python3 -m ' }
  const all = runner === 'pytest' ? [...wanted, 'pytest'] : wanted
  const why = lists[0] ?? firstOf(files, 'pyproject.toml', 'setup.py') ?? ''
  return {
    setup: { run: `python3 -m venv .venv && ${venv} -m pip install ${all.join(' ')}`, why },
    prefix: `${venv} -m `,
  }
}

/** The project itself, with its extra for tests where it has one. */
function packageOf(project: string): string {
  const extras = /^\[project\.optional-dependencies\]\s*$([^[]*)/m.exec(project)?.[1] ?? ''
  const extra = ['test', 'tests', 'dev'].find((name) => new RegExp(`^${name}\\s*=`, 'm').test(extras))
  return extra === undefined ? '.' : `'.[${extra}]'`
}

/** Whether a TOML or INI text has a section of this name, or one below it. */
const hasSection = (text: string, name: string): boolean =>
  new RegExp(`^\\[${name.replaceAll('.', '\\.')}(?:\\.[^\\]]*)?\\]`, 'm').test(text)
