import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { formatPlan } from '../../src/plan/format.ts'

function formatted(...lines: readonly string[]): string {
  const result = formatPlan(`${lines.join('\n')}\n`, 'plan.yaml')
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}

test('a plan in every style comes out in one', () => {
  const result = formatPlan(readFileSync('test/fixtures/format/every-style.yaml', 'utf8'), 'every-style.yaml')
  const expected = readFileSync('test/fixtures/format/every-style.expected.yaml', 'utf8')
  expect(result).toEqual({ ok: true, value: expected })
})

test.each(globSync('plans/*.yaml'))('%s is formatted (node src/main.ts fmt plans/*.yaml)', (file) => {
  const text = readFileSync(file, 'utf8')
  expect(formatPlan(text, file)).toEqual({ ok: true, value: text })
})

test('a text that is no YAML has its diagnostics, and mistakes of the plan do not matter', () => {
  expect(formatPlan('name: x\nsteps: [\n', 'plan.yaml')).toMatchObject({ ok: false, error: [{ code: 'YAML_SYNTAX' }] })
  expect(formatPlan('a: &x 1\n', 'plan.yaml')).toMatchObject({ ok: false, error: [{ code: 'YAML_ANCHOR' }] })
  expect(formatted('stepz:  1')).toBe('stepz: 1\n')
})

test('texts without entries stay as they are', () => {
  for (const text of ['{}', '[]', 'just a text', '# only\n{ # this\n}'])
    expect(formatPlan(text, 'p')).toEqual({ ok: true, value: text })
})

describe('names', () => {
  test('the second name of a key becomes its first', () => {
    expect(formatted('steps:', '- { id: a, needs: [b], if: x, run: y }')).toBe(
      'steps:\n  - { id: a, depends_on: [b], when: x, run: y }\n',
    )
  })

  test('where both names are there, which is a mistake, nothing is lost', () => {
    expect(formatted('steps: [{ id: a, depends_on: [b], needs: [c] }]')).toBe(
      'steps:\n  - { id: a, depends_on: [b], needs: [c] }\n',
    )
  })

  test('a key that only looks like one of a step keeps its name and its place', () => {
    expect(formatted('env: { needs: x, if: y, id: z }')).toBe('env: { needs: x, if: y, id: z }\n')
  })

  test('names that people choose keep their order', () => {
    const text = 'env: { B: b, A: a }\n\ninputs:\n  z: { default: 1 }\n  a: { default: 2 }\n'
    expect(formatted(text.trimEnd())).toBe(text)
  })
})

describe('comments at the top', () => {
  test('stay there when the first key moves', () => {
    expect(formatted('# the file', 'steps: []', 'name: x')).toBe('# the file\nname: x\nsteps: []\n')
  })

  test('move with the first key when a blank line sets them apart from an earlier one', () => {
    expect(formatted('# the file', '', '# the steps', 'steps: []', 'name: x')).toBe(
      '# the file\n\nname: x\n\n# the steps\nsteps: []\n',
    )
  })
})

describe('values', () => {
  test('numbers and words keep their spelling', () => {
    const line = 'env: { A: 1.10, B: +5, C: 0x1F, D: 1e3, E: True, F: ~, G: 007 }\n'
    expect(formatted(line.trimEnd())).toBe(line)
  })

  test('single quotes become double ones where nothing needs an escape', () => {
    expect(formatted("env: { A: 'x', B: 'say \"x\"', C: 'it''s', D: 'a\\b', E: \"it's\" }")).toBe(
      "env: { A: \"x\", B: 'say \"x\"', C: 'it''s', D: 'a\\b', E: \"it's\" }\n",
    )
  })

  test('blank lines at the end of a text that keeps them are neither lost nor added', () => {
    const text = 'steps:\n  - id: a\n    run: |+\n      x\n\n\n  - id: b\n    run: y\n'
    expect(formatted(text.trimEnd())).toBe(text)
  })

  test('a block of text loses a mark that it does not need', () => {
    expect(formatted('description: |4+', '    x', 'name: y')).toBe('name: y\n\ndescription: |\n  x\n')
  })
})

describe('width', () => {
  const fitting = `env: { A: ${'x'.repeat(88)} }`

  test('what fits in 100 columns stays on its line, and what does not becomes a block', () => {
    expect(formatted(fitting)).toBe(`${fitting}\n`)
    expect(formatted(fitting.replace('x', 'xx'))).toBe(`env:\n  A: ${'x'.repeat(89)}\n`)
  })

  test('what was broken over lines is joined where it fits', () => {
    expect(formatted('secrets: [', '  A,', '  B,', ']')).toBe('secrets: [A, B]\n')
  })

  test('texts are never broken', () => {
    const line = `description: ${'word '.repeat(60)}end`
    expect(formatted(line)).toBe(`${line}\n`)
  })
})

test('a BOM, CRLF, document marks, and space at the ends of lines go', () => {
  expect(formatted('\uFEFF---\r', 'name: x   \r', '...')).toBe('name: x\n')
})

test('what would be too large for a plan is refused', () => {
  const wide = `a: ${'{a: {b: ['.repeat(20)}${'1, '.repeat(20_000)}${']}}'.repeat(20)}`
  expect(() => formatPlan(wide, 'plan.yaml')).toThrow(expect.objectContaining({ code: 'SIZE_LIMIT' }))
})
