import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseSync } from 'oxc-parser'
import { expect, test } from 'vitest'

type Room = { readonly rooms: readonly string[]; readonly packages: readonly string[] }
const core = ['base', 'plan', 'run']

/** Who may import what. ARCHITECTURE.md draws this table; nothing else decides it. */
const allowed: Readonly<Record<string, Room>> = {
  base: { rooms: [], packages: [] },
  plan: { rooms: ['base'], packages: ['@marcbachmann/cel-js', 'ajv', 'graphology', 'yaml'] },
  run: { rooms: ['base', 'plan'], packages: [] },
  ports: { rooms: core, packages: ['node:stream'] },
  engine: { rooms: [...core, 'ports'], packages: ['node:'] },
  agents: {
    rooms: [...core, 'ports'],
    packages: ['node:', '@agentclientprotocol/sdk', '@modelcontextprotocol/sdk', 'ajv', 'minimatch', 'openai', 'saxes'],
  },
  sandbox: { rooms: [...core, 'ports'], packages: ['node:'] },
  review: { rooms: [...core, 'ports'], packages: ['node:', '@secretlint/', 'execa', 'minimatch'] },
  workspace: { rooms: [...core, 'ports'], packages: ['node:', '@octokit/', 'execa', 'minimatch'] },
  report: { rooms: [...core, 'ports'], packages: ['node:'] },
  telemetry: { rooms: [...core, 'ports'], packages: ['node:', '@opentelemetry/'] },
  config: { rooms: ['base', 'plan'], packages: ['node:'] },
  surfaces: {
    rooms: [...core, 'ports', 'report'],
    packages: ['node:', '@hono/node-server', 'chokidar', 'commander', 'diff', 'execa', 'hono'],
  },
  main: { rooms: ['*'], packages: ['*'] },
  'main.ts': { rooms: ['*'], packages: ['*'] },
}

test.each(globSync('src/**/*.ts'))('%s imports only what its room may', (file) => {
  const room = allowed[roomOf(file)]
  if (room === undefined) throw new Error(`${file}: add its room to the table, and to ARCHITECTURE.md`)
  expect(importsOf(file).filter((specifier) => !permitted(file, specifier, room))).toEqual([])
})

test('every room of the table exists', () => {
  const rooms = new Set(globSync('src/**/*.ts').map(roomOf))
  expect(Object.keys(allowed).filter((room) => !rooms.has(room))).toEqual([])
})

test('ARCHITECTURE.md names files and functions that exist', () => {
  const files = globSync(['*.json', '{src,test,scripts,demo,schemas}/**/*.*'])
  const code = globSync('src/**/*.ts')
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  const named = Array.from(readFileSync('ARCHITECTURE.md', 'utf8').matchAll(/`([^`\s]+)`/g), ([, name = '']) => name)
  const paths = named.filter((name) => /\.(ts|pl|c|json)$/.test(name))
  const functions = named.filter((name) => /^#?[a-z]\w*[A-Z]\w*$/.test(name))
  expect([paths.length > 30, functions.length > 5]).toEqual([true, true])
  expect(paths.filter((path) => !files.some((file) => file === path || file.endsWith(`/${path}`)))).toEqual([])
  expect(functions.filter((name) => !code.includes(name))).toEqual([])
})

/** Every specifier a file names: `import`, `import type`, `export … from`, `import()`. A type is a dependency too. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const { staticImports, staticExports, dynamicImports } = parseSync(file, text).module
  return [
    ...staticImports.map((entry) => entry.moduleRequest.value),
    ...staticExports.flatMap((entry) => entry.entries.flatMap((name) => name.moduleRequest?.value ?? [])),
    ...dynamicImports.map((entry) => text.slice(entry.moduleRequest.start + 1, entry.moduleRequest.end - 1)),
  ]
}

function permitted(file: string, specifier: string, { rooms, packages }: Room): boolean {
  if (specifier.startsWith('.')) {
    const target = join(dirname(file), specifier)
    const room = roomOf(target)
    return (
      target.startsWith('schemas/') ||
      target === 'package.json' ||
      room === roomOf(file) ||
      [room, '*'].some((name) => rooms.includes(name))
    )
  }
  return packages.includes('*') || packages.some((name) => specifier.startsWith(name))
}

/** `src/run/state.ts` → `run`; `src/main.ts` → `main.ts`. */
const roomOf = (path: string): string => path.split('/')[1] ?? path
