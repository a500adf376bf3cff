import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodePlan } from '../../src/plan/decode.ts'
import { renderDiagnostic } from '../../src/plan/render.ts'
import { leastCpuMs, mistakes, read, withSteps } from './check.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const plan = 'name: a\nsteps: [{ id: a, run: x }]\n'

describe('the bytes of a plan', () => {
  test('may have a BOM and CRLF', () => {
    expect(decodePlan(bytes(plan), 'p')).toEqual({ ok: true, value: plan })
    expect(decodePlan(bytes(`\uFEFF${plan}`), 'p')).toEqual({ ok: true, value: plan })
    expect(read(`\uFEFF${plan.replaceAll('\n', '\r\n')}`).diagnostics).toEqual([])
  })

  test.each<[string, number[], string]>([
    ['a byte that no text has', [0x61, 0x0a, 0x62, 0xff], '2:2'],
    ['a sequence that is too long', [0x61, 0xc0, 0xaf], '1:2'],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80], '1:1'],
    ['a character beyond Unicode', [0xf5, 0x80, 0x80, 0x80], '1:1'],
    ['a sequence that is cut', [0x61, 0xf0, 0x9f, 0x92], '1:2'],
    ['a sequence that goes wrong in the middle', [0xc3, 0xa4, 0xe2, 0x28, 0xa1], '1:2'],
  ])('that are not UTF-8 have one diagnostic at the first wrong byte: %s', (_, content, place) => {
    const decoded = decodePlan(Uint8Array.from(content), 'p')
    const [line, column] = place.split(':').map(Number)
    expect(decoded).toMatchObject({ ok: false, error: { code: 'ENCODING_INVALID', line, column } })
  })

  test.each([
    ['little endian with a BOM', [0xff, 0xfe, 0x61, 0x00]],
    ['big endian with a BOM', [0xfe, 0xff, 0x00, 0x61]],
    ['little endian', [0x61, 0x00, 0x62, 0x00]],
    ['big endian', [0x00, 0x61, 0x00, 0x62]],
  ])('in UTF-16 are told as such: %s', (_, content) => {
    expect(decodePlan(Uint8Array.from(content), 'p')).toMatchObject({
      ok: false,
      error: { message: 'the file is in UTF-16' },
    })
  })

  test('are at most 1 MiB', () => {
    expect(decodePlan(new Uint8Array(1024 * 1024).fill(0x23), 'p').ok).toBe(true)
    expect(decodePlan(new Uint8Array(1024 * 1024 + 1), 'p')).toMatchObject({
      ok: false,
      error: { code: 'TEXT_TOO_LARGE' },
    })
  })
})

const repeat = (text: string, count: number): string => text.repeat(count)

describe('hostile text', () => {
  const bomb = `a: &a [x]\n${Array.from({ length: 25 }, (_, at) => `${String.fromCharCode(98 + at)}: &${String.fromCharCode(98 + at)} [*${String.fromCharCode(97 + at)}, *${String.fromCharCode(97 + at)}]`).join('\n')}\n`

  test.each<[string, string, string]>([
    ['a bomb of aliases', bomb, 'YAML_ANCHOR'],
    ['an alias of itself', 'a: &a [*a]', 'YAML_ANCHOR'],
    ['100,000 nested lists', repeat('[', 100_000), 'YAML_TOO_DEEP'],
    ['nested maps', repeat('{"a":', 5000), 'YAML_TOO_DEEP'],
    ['nested block lists', repeat('- ', 100_000), 'YAML_TOO_DEEP'],
    ['nested block maps', Array.from({ length: 200 }, (_, at) => `${repeat(' ', at)}a:`).join('\n'), 'YAML_TOO_DEEP'],
    ['keys of keys', repeat('? ', 100_000), 'YAML_TOO_DEEP'],
    ['100,000 anchors', repeat('&a ', 100_000), 'YAML_ANCHOR'],
    ['100,000 tags', repeat('!a ', 100_000), 'YAML_TAG'],
    ['a JavaScript tag', 'name: !!js/function "function(){}"', 'YAML_TAG'],
    ['a YAML 1.1 directive', `%YAML 1.1\n---\n${plan}`, 'YAML_DIRECTIVE'],
    ['200,000 documents', repeat('---\n', 190_000), 'YAML_MULTIPLE_DOCUMENTS'],
    ['a million empty lines', repeat('\n', 1_000_000), 'TEXT_TOO_LARGE'],
    ['more parts than any plan has', `a: [${repeat('1,', 500_000)}]`, 'TEXT_TOO_LARGE'],
    ['NULs', repeat('\0', 1_000_000), 'CONTROL_CHARACTER'],
    ['an escape sequence', `${plan}\x1b[31m`, 'CONTROL_CHARACTER'],
    ['a NUL that is escaped', 'name: "a\\0"\nsteps: [{ id: a, run: x }]', 'CONTROL_CHARACTER'],
    ['duplicate keys', 'name: a\nname: b\nsteps: [{ id: a, run: x }]', 'KEY_DUPLICATE'],
    ['a prototype', '__proto__: { steps: [] }\nname: a\nsteps: [{ id: a, run: x }]', 'KEY_INVALID'],
    ['a key that is a list', '? [a]\n: b', 'KEY_INVALID'],
    ['open quotes', repeat('- "a\n', 100_000), 'YAML_SYNTAX'],
    ['a megabyte of quotes', repeat('"', 1_000_000), 'YAML_SYNTAX'],
    ['a megabyte of commas', `a: [${repeat(',', 1_000_000)}]`, 'YAML_SYNTAX'],
    ['a megabyte of colons', repeat(': ', 500_000), 'YAML_TOO_DEEP'],
    ['a megabyte of closing brackets', repeat(']}', 500_000), 'YAML_SYNTAX'],
    ['a megabyte of empty lists', `a: [${repeat('[],', 300_000)}]`, 'TEXT_TOO_LARGE'],
    ['open expressions', repeat('a: ${{ "', 50_000), 'YAML_TOO_DEEP'],
    [
      '100,000 expressions',
      `name: a\nsteps:\n  - id: a\n    prompt: ${repeat('${{ x }}', 100_000)}\n`,
      'EXPRESSION_NAME',
    ],
    ['bad escapes', `a: "${repeat('\\x', 400_000)}"`, 'YAML_SYNTAX'],
    ['nothing', '', 'PLAN_EMPTY'],
    ['spaces', repeat(' ', 1_000_000), 'PLAN_EMPTY'],
    ['a comment', repeat('#', 1_000_000), 'PLAN_EMPTY'],
    ['null', 'null', 'TYPE_MISMATCH'],
    ['a text', 'hello', 'TYPE_MISMATCH'],
    ['a list', '- a', 'TYPE_MISMATCH'],
    [
      '20,000 steps',
      `name: a\nsteps:\n${Array.from({ length: 20_000 }, (_, at) => `  - { id: s${at}, run: x }\n`).join('')}`,
      'STEPS_TOO_MANY',
    ],
    ['40,000 steps with nothing in them', `name: a\nsteps:\n${repeat('- {}\n', 40_000)}`, 'STEPS_TOO_MANY'],
    ['10,000 steps with nothing in them', `name: a\nsteps:\n${repeat('- {}\n', 10_000)}`, 'STEP_NO_BODY'],
    [
      '30,000 inputs of no type',
      `name: a\ninputs:\n${Array.from({ length: 30_000 }, (_, at) => `  i${at}: 1\n`).join('')}steps: []`,
      'TYPE_MISMATCH',
    ],
    [
      '10,000 steps that depend on what is not there',
      `name: a\nsteps:\n${Array.from({ length: 10_000 }, (_, at) => `- { id: s${at}, run: x, needs: [x${at}, y${at}] }\n`).join('')}`,
      'STEP_UNKNOWN',
    ],
    [
      '60,000 unknown keys',
      `name: a\n${Array.from({ length: 60_000 }, (_, at) => `k${at}: 1\n`).join('')}`,
      'KEY_UNKNOWN',
    ],
    [
      'a matrix beyond counting',
      withSteps(
        `- id: a\n  prompt: x\n  matrix: { ${Array.from({ length: 40 }, (_, at) => `a${at}: [${repeat('1,', 20)}1]`).join(', ')} }`,
      ),
      'MATRIX_TOO_LARGE',
    ],
  ])('has its diagnostic soon: %s', (_, text, code) => {
    let result: ReturnType<typeof read> = { plan: null, diagnostics: [], texts: new Map() }
    expect(leastCpuMs(() => (result = read(text)), 250)).toBeLessThan(250)
    const { plan: none, diagnostics } = result
    expect(none).toBeNull()
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain(code)
    for (const diagnostic of diagnostics.slice(0, 20)) {
      const shown = renderDiagnostic(diagnostic, text, { color: false })
      expect(shown.length).toBeLessThan(2000)
      // oxlint-disable-next-line no-control-regex -- finding them is the purpose
      expect(shown).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/)
    }
  })

  test('pollutes no prototype', () => {
    read(
      '__proto__: { polluted: 1 }\nconstructor: { prototype: { polluted: 1 } }\nname: a\nsteps: [{ id: a, run: x, with: { __proto__: { polluted: 1 } } }]',
    )
    expect({}).not.toHaveProperty('polluted')
  })

  test('does not turn "no" and "on" into booleans', () => {
    const { plan: read1 } = read('name: a\nenv: { A: no, B: on, C: off, D: yes }\nsteps: [{ id: a, run: x }]')
    expect(read1?.env).toEqual({ A: 'no', B: 'on', C: 'off', D: 'yes' })
  })
})

test('the largest text that only the full parser can read is refused in less than three seconds', () => {
  const text = `a:\n${repeat('- b: c\n', 99_000)}b: &a c\n`
  let codes: readonly string[] = []
  const work = (): void => void (codes = read(text).diagnostics.map(({ code }) => code))
  expect(leastCpuMs(work, 3000)).toBeLessThan(3000)
  expect(codes).toContain('YAML_ANCHOR')
}, 120_000)

type Cost = { readonly name: string; readonly cpuMs: number; readonly grownMb: number; readonly diagnostic: string }

function costsOfHostileFiles(folder: string): readonly Cost[] {
  const printed = execFileSync(process.execPath, ['test/fixtures/bin/read-hostile.ts', folder], { encoding: 'utf8' })
  return printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

test('hostile files are refused at once, and leave no memory behind', () => {
  const folder = mkdtempSync(join(tmpdir(), 'orchd-hostile-'))
  try {
    let costs = costsOfHostileFiles(folder)
    expect(costs.length).toBe(20)
    // Others use the processor, too: the least of three times.
    for (let tries = 1; tries < 3 && costs.some(({ cpuMs: ms }) => ms >= 100); tries++) {
      const again = costsOfHostileFiles(folder)
      costs = costs.map((cost, at) => ({ ...cost, cpuMs: Math.min(cost.cpuMs, again[at]?.cpuMs ?? cost.cpuMs) }))
    }
    for (const { name, cpuMs: ms, grownMb, diagnostic } of costs) {
      expect(diagnostic, name).toMatch(/^plan\.yaml:\d+:\d+ [A-Z_]+$/)
      expect(ms, name).toBeLessThan(100)
      expect(grownMb, name).toBeLessThan(50)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

describe('characters that change the direction of the text', () => {
  test('are errors in ids and warnings elsewhere', () => {
    expect(mistakes(withSteps('- id: a\u202eb\n  run: x'))).toEqual(['3:9 BIDI_CHARACTER'])
    expect(read(withSteps('- id: a\u202eb\n  run: x')).plan).toBeNull()
    const inName = read(withSteps('- id: a\n  name: b\u202ec\n  run: x'))
    expect(inName.diagnostics).toMatchObject([{ code: 'BIDI_CHARACTER', severity: 'warning', line: 4, column: 12 }])
    expect(inName.plan).not.toBeNull()
  })
})

test('10,000 steps are read in less than a second', () => {
  const steps = Array.from(
    { length: 10_000 },
    (_, at) =>
      `  - id: s${at}\n    run: echo ${at}\n${at > 2 ? `    needs: [s${at - 1}, s${at - 2}, s${at - 3}]\n` : ''}`,
  )
  const text = `name: large\nsteps:\n${steps.join('')}`
  let count = 0
  expect(leastCpuMs(() => (count = read(text).plan?.steps.length ?? 0), 1000)).toBeLessThan(1000)
  expect(count).toBe(10_000)
})
