import { describe, expect, test } from 'vitest'
import { type SchemaKey, readSchema, schemaKeys } from '../../scripts/gen/schema-walk.ts'
import { type Json, type JsonObject, isJsonObject } from '../../src/base/json.ts'
import { unsupported } from '../../src/plan/not-yet.ts'
import { read } from './check.ts'

const keys = schemaKeys(readSchema('schemas/plan.schema.json'))
  // Steps of `finally` are steps; the keywords within an output_schema are those of JSON Schema.
  .filter(({ path }) => path[0] !== 'finally[]' && !(path[1] === 'output_schema' && path.length > 2))

const plain = ({ path }: SchemaKey): readonly string[] => path.map((name) => name.replace('[]', ''))
const nameOf = (key: SchemaKey): string => plain(key).join('.')

const refused = keys.filter((key) => unsupported(plain(key)) !== null).map((key) => [nameOf(key), key] as const)

describe('every key of the plan language', () => {
  test('is looked at', () => {
    expect(keys.length).toBeGreaterThan(130)
    expect(refused.length).toBeGreaterThan(0)
  })

  test.each(refused)(
    'that it does not run, or not with every value, is refused before a run, and accepted by a simulation: %s',
    (name, key) => {
      const text = JSON.stringify(planWith(key), null, 2)
      const errors = (options: Parameters<typeof read>[1]): readonly string[] =>
        read(text, options, { 'prompts/design.md': 'Design it.' })
          .diagnostics.filter(({ severity }) => severity === 'error')
          .map(({ code, message }) => `${code} ${message}`)
      const refusals = errors({ forRun: true })
      expect(refusals).not.toEqual([])
      for (const refusal of refusals) expect(refusal).toContain('NOT_YET')
      expect(refusals.some((refusal) => name.split('.').some((part) => refusal.includes(part)))).toBe(true)
      expect(errors({ forRun: false })).toEqual([])
      expect(errors({ forRun: true, simulate: 'all' })).toEqual([])
    },
  )
})

/** The least plan that uses a key, with a value that this build does not run. */
function planWith(key: SchemaKey): JsonObject {
  const [first, ...rest] = key.path
  const step = { id: 'work', agent: 'simulated', prompt: 'Work.' }
  const plan = { name: 'test', context: {}, steps: [{ id: 'first', run: 'true' }, step] }
  if (first !== 'steps[]') {
    const value = sampleAt([], key.path)
    const working =
      first === 'defaults'
        ? { id: 'work', prompt: 'Work.', ...(rest[0] === 'agent' ? {} : { agent: 'simulated' }) }
        : step
    return { ...plan, steps: [{ id: 'first', run: 'true' }, working], ...value }
  }
  const { id: _, ...value } = sampleAt(['steps[]'], rest)
  const isBody = ['integrate', 'plan', 'approval', 'prompt', 'prompt_file'].includes(String(rest[0]))
  const isAgent = rest[0] === 'agent' || rest[0] === 'prompt' || rest[0] === 'prompt_file'
  const base: JsonObject = isBody
    ? { id: 'work', depends_on: ['first'] }
    : isAgent
      ? { id: 'work', prompt: 'Work.' }
      : step
  return {
    ...plan,
    steps: [
      { id: 'first', run: 'true' },
      { ...base, ...value },
    ],
  }
}

/** An object at `above` in which the keys of `path` exist, with what each level requires beside them. */
function sampleAt(above: readonly string[], path: readonly string[]): JsonObject {
  const [name, ...rest] = path
  if (name === undefined) return {}
  const own = name.replace('[]', '')
  const isList = name.endsWith('[]')
  const here = [...above, name]
  const inner = rest.length === 0 ? valueOf([...above, own]) : sampleAt(here, rest)
  const required = keys.filter(
    (key) => key.isRequired && key.path.length === above.length + 1 && isBelow(key.path, above),
  )
  const beside = above.length === 0 ? [] : required.map(({ path: one }) => [one.at(-1) ?? '', valueOf(one)] as const)
  return { ...Object.fromEntries(beside), [own === '*' ? 'x' : own]: isList ? [inner] : inner }
}

const isBelow = (path: readonly string[], above: readonly string[]): boolean =>
  above.every((name, at) => path[at] === name)

/** Values that this build does not run, where it runs others. */
const wanted: Readonly<Record<string, Json>> = {
  isolation: 'shared',
  secret: true,
  agent: 'auto',
  prompt: 'Work.',
  for_each: ['a'],
  require_tests: true,
  require_pr: true,
  rewind_to: 'first',
  on_reject: { rewind_to: 'first' },
  matrix: { focus: ['a', 'b'] },
  include: [],
  exclude: [],
  prefer: ['claude_code'],
  fallback: ['claude_code'],
}

function valueOf(path: readonly string[]): Json {
  const name = path.at(-1) ?? ''
  const schema = keys.find((key) => nameOf(key) === path.map((one) => one.replace('[]', '')).join('.'))?.schema ?? {}
  const { type, examples } = schema
  if (wanted[name] !== undefined) return wanted[name]
  if (Array.isArray(examples) && examples[0] !== undefined) return examples[0]
  if (Array.isArray(schema['enum'])) return schema['enum'][0] ?? null
  if (typeof schema['default'] === 'string' || typeof schema['default'] === 'number') return schema['default']
  return sampleOfType([type ?? 'object'].flat().map(String)[0] ?? 'object', path)
}

function sampleOfType(type: string, path: readonly string[]): Json {
  if (type === 'object') {
    const required = keys.filter(
      (key) => key.isRequired && key.path.length === path.length + 1 && isBelow(key.path, path),
    )
    return Object.fromEntries(required.map(({ path: one }) => [one.at(-1) ?? '', valueOf(one)]))
  }
  const samples: Readonly<Record<string, Json>> = { string: 'x', integer: 1, number: 1, boolean: true, array: [] }
  return samples[type] ?? null
}

test('a wish for an agent that nobody meets is refused', () => {
  for (const agent of ['auto', '{ requires: [x] }']) {
    const code = 'AGENT_UNAVAILABLE'
    const text = `name: test\nsteps: [{ id: a, prompt: x, agent: ${agent} }]`
    expect(read(text, { forRun: true }).diagnostics).toMatchObject([{ code, line: 2 }])
    expect(read(text, { forRun: true, simulate: 'agents' }).diagnostics).toEqual([])
  }
  expect(read('name: test\nsteps: [{ id: a, prompt: x, agent: simulated }]', { forRun: true }).diagnostics).toEqual([])
  expect(isJsonObject(read('name: test\nsteps: [{ id: a, prompt: x }]', { forRun: true }).plan)).toBe(false)
})

test('what asks for nothing is accepted', () => {
  const text =
    'name: test\nconstraints: { require_tests: false, require_pr: false }\ninputs: { x: { secret: false, default: a } }\nsteps: [{ id: a, run: x, isolation: none, sandbox: "off" }]'
  expect(read(text, { forRun: true }).diagnostics).toEqual([])
})
