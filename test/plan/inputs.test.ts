import { describe, expect, test } from 'vitest'
import type { Json } from '../../src/base/json.ts'
import { resolveInputs } from '../../src/plan/inputs.ts'
import { compilePattern } from '../../src/plan/safe-pattern.ts'
import { cpuMs, planOf } from './check.ts'

const plan = planOf(`
name: test
inputs:
  ticket: { pattern: "[A-Z]+-[0-9]+", description: The ticket }
  level: { enum: [low, high], default: low }
  count: { type: integer, default: 3 }
  ratio: { type: number, default: 0.5 }
  dry-run: { type: boolean, default: false }
  files: { type: array, default: [] }
  options: { type: object, default: {} }
steps: [{ id: a, run: x }]
`)

const resolve = (given: Record<string, Json>) => resolveInputs(plan, { ticket: 'A-1', ...given })

describe('the inputs of a run', () => {
  test('are what was given, and defaults for the rest', () => {
    expect(resolve({ level: 'high' })).toEqual({
      ok: true,
      value: { ticket: 'A-1', level: 'high', count: 3, ratio: 0.5, 'dry-run': false, files: [], options: {} },
    })
  })

  test.each<[string, string, Json]>([
    ['count', '42', 42],
    ['count', '-1', -1],
    ['ratio', '1e-3', 0.001],
    ['dry-run', 'true', true],
    ['files', '["a", "b"]', ['a', 'b']],
    ['options', '{"a": 1}', { a: 1 }],
  ])('are read from text by their type: %s=%s', (name, text, value) => {
    expect(resolve({ [name]: text })).toMatchObject({ ok: true, value: { [name]: value } })
  })

  test('of type text stay text, whatever they look like', () => {
    const named = planOf('name: test\ninputs: { text: {} }\nsteps: [{ id: a, run: x }]')
    for (const text of ['', '42', 'true', 'null', '[1]', '${{ x }}']) {
      expect(resolveInputs(named, { text })).toEqual({ ok: true, value: { text } })
    }
  })

  test.each<[string, Json]>([
    ['count', 'many'],
    ['count', '1.5'],
    ['count', ''],
    ['count', '0x10'],
    ['count', '99999999999999999999'],
    ['ratio', '1e999'],
    ['dry-run', 'yes'],
    ['dry-run', 1],
    ['files', '{"a": 1}'],
    ['files', 'a,b'],
    ['options', '[]'],
    ['options', null],
    ['level', 'middle'],
    ['level', 5],
    ['ticket', 'nope'],
    ['ticket', 'A-1\nB-2'],
    ['ticket', `A-${'1'.repeat(300)}`],
    ['ticket', 'A-1\0'],
  ])('of another type or value are refused: %s=%j', (name, value) => {
    expect(resolve({ [name]: value })).toMatchObject({ ok: false, error: [{ code: 'INPUT_INVALID', input: name }] })
  })

  test('are told all that is wrong at once', () => {
    const result = resolveInputs(plan, { tiket: 'A-1', count: 'x' })
    expect(result).toMatchObject({
      ok: false,
      error: [
        { code: 'INPUT_UNKNOWN', input: 'tiket', help: 'did you mean "ticket"?' },
        { code: 'INPUT_MISSING', input: 'ticket', help: 'give it with --input ticket=... (text: The ticket)' },
        { code: 'INPUT_INVALID', input: 'count', message: 'the input "count" must be a whole number, not "x"' },
      ],
    })
  })

  test('find nothing on prototypes', () => {
    for (const name of ['toString', 'constructor', 'hasOwnProperty']) {
      expect(resolve({ [name]: 'x' })).toMatchObject({ ok: false, error: [{ code: 'INPUT_UNKNOWN' }] })
    }
  })
})

describe('a pattern', () => {
  test('must match the whole text', () => {
    const compiled = compilePattern('a|bc')
    expect(compiled.ok && ['a', 'bc'].every((text) => compiled.value.test(text))).toBe(true)
    expect(compiled.ok && ['ab', 'abc', 'xa', 'a\n'].some((text) => compiled.value.test(text))).toBe(false)
  })

  test.each([
    '[A-Z]+-[0-9]+',
    '[a-z0-9._%+-]+@[a-z0-9.-]+\\.[a-z]{2,}',
    '\\d{4}-\\d{2}-\\d{2}',
    '(low|high)',
    'v?\\d+\\.\\d+',
    '[^)]*',
    '\\(x\\)',
  ])('that cannot hang is accepted: %s', (pattern) => {
    expect(compilePattern(pattern).ok).toBe(true)
  })

  test.each([
    '(a+)+',
    '(a|a)*',
    '(?=a)b',
    '(a)\\1',
    '(?<x>a)\\k<x>',
    'a*a*a*a*b',
    '(a|b)'.repeat(30),
    'a?'.repeat(30),
    '[',
    '(?<!a)b',
    '(a*){2}',
  ])('that can hang, or is none, is refused: %s', (pattern) => {
    expect(compilePattern(pattern).ok).toBe(false)
  })

  test('that is accepted ends soon on the worst text', () => {
    for (const pattern of ['a*a*a*b', `${'(a|aa)'.repeat(22)}b`, `${'a?'.repeat(15)}a*b`]) {
      const compiled = compilePattern(pattern)
      let matches = true
      expect(cpuMs(() => (matches = compiled.ok && compiled.value.test('a'.repeat(128))))).toBeLessThan(1500)
      expect(matches).toBe(false)
    }
  })
})
