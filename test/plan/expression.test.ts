import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../src/base/json.ts'
import { type Scope, evaluateCondition, evaluateTemplate, referencedSteps } from '../../src/plan/expression.ts'
import { cases, patience } from '../support/cases.ts'

const scope: Scope = {
  inputs: { count: 2, ratio: 2.5, 'dry-run': true, a: 5, name: 'Ada', list: [1, 2.5, 'x', null] },
  steps: {
    design: {
      outcome: 'success',
      cause: null,
      outputs: { risk: 'low', files: ['a', 'b'], 'my-key': 7, constructor: 'own', nothing: null },
    },
    'approve-design': { outcome: 'skip', cause: null, outputs: null },
    broken: { outcome: 'failure', cause: 'exit_nonzero', outputs: null },
  },
  run: { id: 'r1', outcome: null, report: null },
  plan: { name: 'auth' },
}

const value = (template: Json): Json => {
  const result = evaluateTemplate(template, scope)
  if (!result.ok) throw new Error(result.error)
  return result.value
}

const errorOf = (template: Json): string => {
  const result = evaluateTemplate(template, scope)
  if (result.ok) throw new Error(`no error, but ${JSON.stringify(result.value)}`)
  return result.error
}

describe('a template', () => {
  test.each<[string, Json]>([
    ['${{ inputs.count }}', 2],
    ['${{ inputs.dry-run }}', true],
    ['${{ steps.design.outputs.files }}', ['a', 'b']],
    ['${{ steps.design.outputs.nothing }}', null],
    ['${{inputs.count}}', 2],
  ])('that is one whole expression keeps its type: %s', (template, expected) => {
    expect(value(template)).toEqual(expected)
  })

  test.each([
    ['${{ inputs.name }}!', 'Ada!'],
    ['${{ inputs.count }}${{ inputs.count }}', '22'],
    ['files: ${{ steps.design.outputs.files }}', 'files: ["a","b"]'],
    [' ${{ inputs.count }}', ' 2'],
    ['none: ${{ steps.design.outputs.nothing }}', 'none: null'],
  ])('with text around expressions becomes text: %s', (template, expected) => {
    expect(value(template)).toBe(expected)
  })

  test('takes $${{ as a literal ${{', () => {
    expect(value('$${{ inputs.count }}')).toBe('${{ inputs.count }}')
    expect(value('$${{ a }} ${{ inputs.count }}')).toBe('${{ a }} 2')
  })

  test('may hold braces and "}}" in maps and strings of an expression', () => {
    expect(value('${{ {"a": {"b": 1}} }}')).toEqual({ a: { b: 1 } })
    expect(value('${{ "}}" }}')).toBe('}}')
  })

  test('is walked through lists and maps; keys stay as they are', () => {
    expect(value({ '${{ x }}': ['${{ inputs.count }}', 1, null, true] })).toEqual({ '${{ x }}': [2, 1, null, true] })
  })

  test('that is not closed is an error, not a text', () => {
    expect(errorOf('${{ inputs.count')).toContain('not closed')
  })

  test('without expressions is itself, whatever it is', patience, () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const text = JSON.stringify(json)
        fc.pre(!text.includes('${{'))
        // JSON.stringify has a text for -0 and 0 that is the same, so values are compared by it.
        expect(JSON.stringify(value(JSON.parse(text)))).toBe(text)
      }),
      cases(1000),
    )
  })
})

describe('an expression', () => {
  test.each<[string, Json]>([
    ['steps.approve-design.outcome', 'skip'],
    ['steps.approve-design.outcome == "skip" && steps.design.outcome == "success"', true],
    ['steps["approve-design"].outcome', 'skip'],
    ['steps.design.outputs["my-key"]', 7],
    ['"steps.a-b"', 'steps.a-b'],
    ['inputs.a-1', 4],
    ['inputs.a-inputs.count', 3],
    ['inputs.a - inputs.count', 3],
  ])('reads ids with hyphens as people write them: %s', (source, expected) => {
    expect(value(`\${{ ${source} }}`)).toEqual(expected)
  })

  test.each<[string, Json]>([
    ['5 / 2', 2],
    ['5.0 / 2', 2.5],
    ['inputs.ratio * inputs.count', 5],
    ['inputs.count + 0.5', 2.5],
    ['inputs.list[0] + 1', 2],
    ['size(steps.design.outputs.files)', 2],
    ['inputs.list[1] > 1', true],
    ['"x" in inputs.list && 2.5 in inputs.list', true],
    ['[1, "a", null]', [1, 'a', null]],
    ['[1, 2, 3].map(x, x * 2).filter(x, x > 2)', [4, 6]],
    ['inputs.count == 2 ? "two" : "other"', 'two'],
    ['steps.design.outputs.constructor', 'own'],
  ])('counts, compares and builds: %s', (source, expected) => {
    expect(value(`\${{ ${source} }}`)).toEqual(expected)
  })

  test('sees a missing output as an error unless has() guards it', () => {
    expect(errorOf('${{ steps.design.outputs.missing }}')).toContain('"missing"')
    expect(errorOf('${{ steps.broken.outputs.x }}')).toContain('"x"')
    expect(value('${{ has(steps.design.outputs.missing) }}')).toBe(false)
    expect(value('${{ has(steps.broken.outputs.x) ? 1 : 2 }}')).toBe(2)
  })

  test.each([
    'steps.design.outputs.toString',
    'steps.design.outputs.__proto__',
    'constructor',
    'steps.valueOf',
    'inputs.hasOwnProperty',
  ])('finds nothing on prototypes: %s', (source) => {
    expect(evaluateTemplate(`\${{ ${source} }}`, scope).ok).toBe(false)
  })

  test.each([
    ['1.0 / 0.0', 'Infinity'],
    ['9223372036854775807', 'whole numbers'],
    ['b"bytes"', 'string()'],
    ['1 / 0', 'division by zero'],
    ['inputs.name.matches("A.*")', '"matches" is not available'],
    ['timestamp("2024-01-01T00:00:00Z")', '"timestamp" is not available'],
    ['nope', 'unknown name "nope"'],
    ['item', 'unknown variable'],
    ['', 'empty'],
    ['1 +', 'the end of the expression'],
  ])('gives a reason, and never throws: %s', (source, reason) => {
    expect(errorOf(`\${{ ${source} }}`)).toContain(reason)
  })

  test('names itself in its error, cut when it is long', () => {
    expect(errorOf('${{ steps.design.outputs.missing }}')).toContain('in "steps.design.outputs.missing"')
    expect(errorOf(`\${{ "${'x'.repeat(1000)}" + 1 }}`).length).toBeLessThan(400)
  })

  test('never throws, whatever its text is', patience, () => {
    const pieces = fc.constantFrom(
      'inputs',
      '.',
      'steps',
      'a-b',
      '[',
      ']',
      '(',
      ')',
      '{',
      '}',
      '"',
      "'",
      '\\',
      '1',
      '+',
      '&&',
      'has',
      'map',
      ' ',
      'in',
      '?',
      ':',
      ',',
      '$',
      '\u202e',
      '💥',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30, size: 'max' }), (parts) => {
        const source = parts.join('')
        expect(typeof evaluateTemplate(`\${{ ${source} }}`, scope).ok).toBe('boolean')
        expect(typeof evaluateCondition(source, scope).ok).toBe('boolean')
        expect(Array.isArray(referencedSteps(source))).toBe(true)
      }),
      cases(1000),
    )
  })
})

describe('a condition', () => {
  test('must be true or false', () => {
    expect(evaluateCondition('steps.design.outputs.risk == "low"', scope)).toEqual({ ok: true, value: true })
    expect(evaluateCondition('inputs.count', scope)).toEqual({
      ok: false,
      error: 'the condition must be true or false, not 2, in "inputs.count"',
    })
  })
})

describe('the steps that a template names', () => {
  test('are found in texts, lists, maps and conditions, each once', () => {
    expect(
      referencedSteps('${{ steps.a-b.outputs.x }} ${{ steps.c.outcome == steps["d"].outcome }} ${{ steps.c.cause }}'),
    ).toEqual(['a-b', 'c', 'd'])
    expect(referencedSteps({ x: ['${{ [1].map(i, steps.q.outcome) }}'], y: 1 })).toEqual(['q'])
    expect(referencedSteps('steps.approve-design.outcome == "success"')).toEqual(['approve-design'])
  })

  test('are none in a text that only speaks of steps', () => {
    expect(referencedSteps('Review steps.a now')).toEqual([])
    expect(referencedSteps('$${{ steps.a.outcome }}')).toEqual([])
  })
})
