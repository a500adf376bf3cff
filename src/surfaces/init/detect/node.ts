import { isJsonObject, type Json, type JsonObject } from '../../../base/json.ts'
import { type Command, type Detector, firstOf } from './found.ts'
import type { ProjectFiles } from './project-files.ts'

type Manager = {
  readonly name: 'npm' | 'pnpm' | 'yarn' | 'bun'
  readonly locks: readonly string[]
  /** Installs what the lock file says, and fails where package.json says something else. */
  readonly locked: string
}

const npm: Manager = { name: 'npm', locks: ['package-lock.json', 'npm-shrinkwrap.json'], locked: 'npm ci' }
const managers: readonly Manager[] = [
  { name: 'bun', locks: ['bun.lock', 'bun.lockb'], locked: 'bun install --frozen-lockfile' },
  { name: 'pnpm', locks: ['pnpm-lock.yaml'], locked: 'pnpm install --frozen-lockfile' },
  { name: 'yarn', locks: ['yarn.lock'], locked: 'yarn install --frozen-lockfile' },
  npm,
]

/** package.json, its script `test`, and the package manager that it names or whose lock file is there. */
export const detectNode: Detector = (files) => {
  if (!files.has('package.json')) return null
  const manifest = jsonIn(files.read('package.json'))
  const named = typeof manifest['packageManager'] === 'string' ? manifest['packageManager'] : ''
  const manager =
    managers.find(({ name }) => named.startsWith(`${name}@`)) ??
    managers.find(({ locks }) => firstOf(files, ...locks) !== undefined) ??
    npm
  return {
    kind: 'Node.js',
    id: 'node',
    setup: setupOf(files, manifest, manager, named),
    test: testOf(manifest, manager),
  }
}

function setupOf(files: ProjectFiles, manifest: JsonObject, manager: Manager, named: string): Command | null {
  const lock = firstOf(files, ...manager.locks)
  if (lock !== undefined)
    return { run: isNewYarn(files, manager, named) ? 'yarn install --immutable' : manager.locked, why: lock }
  const needsSomething = ['dependencies', 'devDependencies', 'optionalDependencies', 'workspaces'].some(
    (key) => key in manifest,
  )
  return needsSomething
    ? { run: `${manager.name} install`, why: 'dependencies in package.json, and no lock file' }
    : null
}

/** From version 2 on yarn has another word for it. */
const isNewYarn = (files: ProjectFiles, { name }: Manager, named: string): boolean =>
  name === 'yarn' && (files.has('.yarnrc.yml') || /^yarn@(?:[2-9]|\d\d)/.test(named))

/** What `npm init` writes into a package.json stands for having no tests. */
const placeholder = 'no test specified'

function testOf({ scripts }: JsonObject, { name }: Manager): Command | null {
  const test = isJsonObject(scripts) ? scripts['test'] : undefined
  if (typeof test !== 'string' || test.trim() === '' || test.includes(placeholder)) return null
  return { run: name === 'bun' ? 'bun run test' : `${name} test`, why: 'the script "test" of package.json' }
}

/** A JSON object, or an empty one: a broken file tells nothing. */
export function jsonIn(text: string): JsonObject {
  try {
    const value: Json = JSON.parse(text)
    return isJsonObject(value) ? value : {}
  } catch {
    return {}
  }
}
