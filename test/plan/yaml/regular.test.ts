import { globSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diagnosticCodes } from '../../../src/plan/codes.ts'
import type { Code } from '../../../src/plan/codes/code.ts'
import { sourceText } from '../../../src/plan/source-text.ts'
import { readFully } from '../../../src/plan/yaml/full.ts'
import { maxParts } from '../../../src/plan/yaml/problem.ts'
import { nodeMaker } from '../../../src/plan/yaml/regular/nodes.ts'
import { readRegular } from '../../../src/plan/yaml/regular/read.ts'
import { valueMaker } from '../../../src/plan/yaml/regular/values.ts'
import { readYaml } from '../../../src/plan/yaml/read.ts'
import { readSuite } from '../../language/case.ts'
import { agree } from './agree.ts'
import { anyYaml } from './any-yaml.ts'
import { scalarTexts } from './scalar-texts.ts'

const isLong = process.env['ORCHD_TEST_SIZE'] === 'long'
const files = globSync('{plans,test,demo}/**/*.{yaml,yml}', { exclude: ['test/language/cases/**'] }).toSorted()
const codes: readonly Code[] = Object.values(diagnosticCodes)
const examples = codes.flatMap(({ example }) => (example === null ? [] : [example.wrong.plan, example.right.plan]))
const texts = [
  ...files.map((file) => readFileSync(file, 'utf8')),
  ...examples,
  ...readSuite().flatMap(({ cases }) => cases.map(({ plan }) => plan)),
  ...globSync('schemas/*.json').map((file) => readFileSync(file, 'utf8')),
]

// oxlint-disable vitest/expect-expect -- the helper expects
describe('the quick reader is of one mind with the full one', () => {
  test('about every YAML file of the project, and every example of its documentation', () => {
    const sure = texts.filter((text) => agree(text))
    expect(sure.length).toBeGreaterThan(texts.length * 0.9)
  })

  test.each(globSync('plans/*.yaml'))('and is sure of %s', (file) => {
    expect(agree(readFileSync(file, 'utf8'))).toBe(true)
  })

  test.each(scalarTexts.map((text) => [text]))('about %j, wherever it stands', (text) => {
    const deeper = text.replaceAll('\n', '\n  ')
    const places = [
      text,
      `a: ${text}`,
      `a: ${text}\nb: c`,
      `a:\n  ${text}`,
      `a:\n  ${text}\nb: c\n`,
      `a: # c\n  ${text}\nb: c\n`,
      `a:\n\n  ${text}\nb: c\n`,
      `a:\n#c\n  ${text}\nb: c\n`,
      `- ${text}\n- b\n`,
      `-   ${text}`,
      `a:\n- ${text}\n`,
      `a:\n  b:\n    - ${deeper}\n  c: d\n`,
      `- - ${deeper}\n  - b\n`,
      `- a: ${deeper}\n  b: c\n- d\n`,
      `a: [${text}]\n`,
      `a: [b, ${text}, c]`,
      `a: { b: ${text} }\n`,
      `a: { b: ${text}, c: d }\n`,
      `{ ${text}: a }`,
      `[${text}`,
      `${text}: a\n`,
      `a:\n  ${text}: b\n  c: d`,
      `- ${text}: b\n  c: d`,
      `a: ${text} # c\n`,
      `a: ${text}#c\n`,
      `a: ${text}  \n`,
      `---\na: ${text}\n`,
      `a: ${text}\n---\nb: c\n`,
      `a: ${text}\r\nb: c\r\n`,
      `a:${text}`,
      `a:  ${text}\n b: c`,
      `a: ${text}\n  b: c`,
      `  a: ${text}\n  b: c`,
      `a: ${text}\n\n\n# c\n\n`,
    ]
    for (const place of places) agree(place)
  })

  const numRuns = isLong ? 100_000 : 3000
  test(`about ${numRuns} texts that are YAML more often than not`, { timeout: 600_000 }, () => {
    let sure = 0
    fc.assert(
      fc.property(anyYaml, (text) => {
        sure += agree(text) ? 1 : 0
      }),
      { numRuns },
    )
    // Were it never sure, it could not be wrong.
    expect(sure).toBeGreaterThan(numRuns * 0.5)
  })

  test(`about ${numRuns} texts of few characters`, { timeout: 600_000 }, () => {
    const token = fc.constantFrom(
      'a',
      'b',
      '1',
      ' ',
      '  ',
      '\n',
      '\n  ',
      ': ',
      ':',
      '- ',
      '-',
      ', ',
      '[',
      ']',
      '{',
      '}',
      '#',
      ' #',
      '"',
      "'",
      '|',
      '>',
      '.',
      '\t',
      '|\n',
      '\n\n',
      '~',
      '\\',
      '?',
      '&',
      '%',
    )
    let sure = 0
    fc.assert(
      fc.property(
        fc.constantFrom('', 'a: ', 'a:\n  ', '- ', 'a: [', 'a: { b: ', 'a: |\n  '),
        fc.array(token, { maxLength: 10 }),
        fc.constantFrom('', '\n', ']', '}\n'),
        (head, tokens, tail) => {
          sure += agree(head + tokens.join('') + tail) ? 1 : 0
        },
      ),
      { numRuns: numRuns * 2 },
    )
    expect(sure).toBeGreaterThan(0)
  })

  test(`about ${numRuns} of these files with something taken out or put in`, { timeout: 600_000 }, () => {
    const change = fc.record({
      at: fc.nat(100_000),
      remove: fc.oneof(fc.constant(0), fc.nat(12)),
      insert: fc.oneof(
        fc.constantFrom(...scalarTexts),
        fc.constantFrom(
          '\n',
          '\n  ',
          '\n    ',
          ' ',
          '  ',
          '- ',
          ': ',
          ' #',
          '\n# c\n',
          '\n#c\n',
          ',',
          '[',
          '}',
          '"',
          "'",
          '\t',
          '',
        ),
      ),
    })
    const short = texts.filter((text) => text.length < 5000)
    let sure = 0
    fc.assert(
      fc.property(fc.constantFrom(...short), fc.array(change, { minLength: 1, maxLength: 3 }), (original, changes) => {
        const text = changes.reduce((before, { at, remove, insert }) => {
          const place = at % (before.length + 1)
          return before.slice(0, place) + insert + before.slice(place + remove)
        }, original)
        sure += agree(text) ? 1 : 0
      }),
      { numRuns },
    )
    expect(sure).toBeGreaterThan(numRuns * 0.1)
  })
})

describe('the quick reader', () => {
  test.each([
    ['block style, nested and compact', 'a:\n  b: c\n  d:\n  - e\n  - - f\n    - g: h\n      i: j\n'],
    ['flow style, on one line or several', 'a: [b, {c: d}, []]\ne: {\n  f: g,   # h\n  "i":1\n}\n'],
    ['JSON', '{\n  "a": [1, -2.5e3, true, null],\n  "b": {"c": "\\u00e9\\n"}\n}\n'],
    ['quotes', 'a: \'it\'\'s\'\n"b c": "d \\"e\\" \\\\ \\t"\n'],
    ['numbers and words', 'a: [0, -1, 0o17, 0x1f, 1.5, 1e3, ~, null, true, no, 1.2.3]\n'],
    ['block texts', 'a: |\n  b\n    c\n\n  d\ne: >-\n  f\n  g\n\n  h\ni:\n  - |+2\n     j\n\n'],
    ['texts over several lines', 'a: b\n  c\n\n  d # e\nf: g\n'],
    ['expressions', "a: ${{ b.c == 'd' }}\ne: x ${{ f }} y\ng: '${{ h ? 1 : 2 }}'\n"],
    ['comments and blank lines', '# a\n---\n\nb: # c\n  # d\n\n  e: f # g\n\n#h\n  i: j#k\n'],
    ['values that are missing', 'a:\nb: # c\nd:\n  e:\n'],
    ['characters beyond ASCII', 'é: "💥"\na: ü\u00a0ü\n'],
    ['no line feed at the end', 'a:\n  - |\n    b'],
  ])('is sure of %s', (_, text) => {
    expect(agree(text)).toBe(true)
    expect(readRegular(text, valueMaker(text)).kind).toBe('regular')
  })

  test.each([
    ['a key twice', 'a: b\na: c\n'],
    ['a merge', '<<: b\n'],
    ['a key that is not one in JavaScript', '__proto__: b\n'],
    ['an expression that YAML takes apart', 'a: b ${{ c #d }}\n'],
  ])('gives no values of %s, but the same nodes', (_, text) => {
    expect(agree(text)).toBe(true)
    expect(readRegular(text, valueMaker(text)).kind).toBe('unsure')
  })

  test('reads keys that every object has', () => {
    expect(readRegular('toString: a\n', valueMaker(''))).toEqual({ kind: 'regular', made: { toString: 'a' } })
  })

  test('counts the parts of a text as the full one does', () => {
    // 20 parts a time, one of each sort.
    const step = '- a: |\n    b\n  "c": [d, {e: f}, \'g\'] # h, i\n  j: k\n   l\n'
    const most = step.repeat(maxParts / 20)
    expect(readRegular(most, nodeMaker).kind).toBe('regular')
    const source = sourceText('plan.yaml', `${most}- a\n`)
    const { problems } = readFully(source)
    expect(problems).toMatchObject([{ code: 'TEXT_TOO_LARGE', span: { start: most.length } }])
    expect(readYaml(source)).toEqual({ root: null, problems, isUsable: false })
  })
})
