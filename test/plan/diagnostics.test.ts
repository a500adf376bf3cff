import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { renderDiagnostic } from '../../src/plan/render.ts'
import { mistakes, read, withSteps } from './check.ts'

const folder = 'test/fixtures/plans/invalid'

describe('a plan with mistakes', () => {
  // Each fixture stands beside the exact text that people see, every mistake of it and nothing else.
  test.each(globSync(`${folder}/*.yaml`).toSorted())('%s is told all of them, in the order of the text', (file) => {
    const text = readFileSync(file, 'utf8')
    const { plan, diagnostics } = read(text)
    const shown = diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, text, { color: false }))
    expect(`${shown.join('\n\n')}\n`).toBe(readFileSync(file.replace('.yaml', '.expected.txt'), 'utf8'))
    expect(plan).toBeNull()
  })

  test('has as many diagnostics as mistakes: seven', () => {
    expect(mistakes(readFileSync(`${folder}/seven-mistakes.yaml`, 'utf8'))).toEqual([
      '3:17 DURATION_INVALID',
      '7:5 KEY_UNKNOWN',
      '9:18 STEP_UNKNOWN',
      '11:9 STEP_DUPLICATE',
      '14:18 STEP_CYCLE',
      '18:24 EXPRESSION_IN_RUN',
      '21:17 STEP_UNKNOWN',
    ])
  })
})

test('a host with a scheme is told how to write one', () => {
  const plan = withSteps('- { id: a, run: x, permissions: { network: restricted, hosts: ["https://a.org"] } }')
  expect(read(plan).diagnostics).toMatchObject([
    { code: 'VALUE_MALFORMED', help: expect.stringContaining('example.com') },
  ])
})

describe('positions', () => {
  test('are the same with CRLF, with a BOM and as JSON', () => {
    const text = 'name: a\nsteps:\n  - id: a\n    run: x\n    needs: [nope]\n'
    expect(mistakes(text)).toEqual(['5:13 STEP_UNKNOWN'])
    expect(mistakes(text.replaceAll('\n', '\r\n'))).toEqual(['5:13 STEP_UNKNOWN'])
    expect(mistakes(`\uFEFF${text}`)).toEqual(['5:13 STEP_UNKNOWN'])
    expect(mistakes('{"name":"a","steps":[{"id":"a","run":"x","needs":["nope"]}]}')).toEqual(['1:51 STEP_UNKNOWN'])
  })

  test('count UTF-16 units, as editors do', () => {
    expect(mistakes(withSteps('- { id: a, name: "💥💥", run: x, needs: [nope] }'))).toEqual(['3:44 STEP_UNKNOWN'])
  })

  test('have an exclusive end on the right character', () => {
    const [diagnostic] = read(withSteps('- { id: a, run: x, needs: [nope] }')).diagnostics
    expect(diagnostic).toMatchObject({
      line: 3,
      column: 30,
      endLine: 3,
      endColumn: 34,
      severity: 'error',
      file: 'plan.yaml',
    })
  })

  test('are right within block texts, folded texts and quotes', () => {
    expect(mistakes(withSteps('- id: a\n  prompt: |\n    One.\n    Two ${{ nope }}.'))).toEqual([
      '6:15 EXPRESSION_NAME',
    ])
    expect(mistakes(withSteps('- id: a\n  prompt: >-\n    One\n    two ${{ nope }} three.'))).toEqual([
      '6:15 EXPRESSION_NAME',
    ])
    expect(mistakes(withSteps('- id: a\n  prompt: "a \\" ${{ nope }}"'))).toEqual(['4:23 EXPRESSION_NAME'])
    expect(mistakes(withSteps("- id: a\n  when: 'nope == 1'\n  run: x"))).toEqual(['4:12 EXPRESSION_NAME'])
  })

  test('tell the same expression twice in a text at two places', () => {
    expect(mistakes(withSteps('- id: a\n  prompt: |\n    ${{ nope }} and ${{ nope }}'))).toEqual([
      '5:11 EXPRESSION_NAME',
      '5:27 EXPRESSION_NAME',
    ])
  })

  test('in a prompt file are those of that file', () => {
    const { diagnostics } = read(
      withSteps('- { id: a, prompt_file: p.md }'),
      {},
      { 'p.md': '# Title\n\nLook at ${{ steps.b.outputs.x }}.\n' },
    )
    expect(diagnostics).toMatchObject([{ code: 'STEP_UNKNOWN', file: 'p.md', line: 3, column: 19 }])
  })
})

describe('one mistake', () => {
  test.each<[string, string, string[]]>([
    [
      'an unquoted expression in a flow map',
      '- id: a\n  run: x\n  env: { A: ${{ plan.name }} }',
      ['5:15 EXPRESSION_UNQUOTED'],
    ],
    [
      'an unquoted expression with a colon',
      '- id: a\n  when: ${{ true ? true : false }}\n  run: x',
      ['4:11 EXPRESSION_UNQUOTED'],
    ],
    ['an unquoted expression before a colon', '- id: a\n  prompt: ${{ plan.name }}: go', ['4:13 EXPRESSION_UNQUOTED']],
    ['a missing key that is misspelt', '- ido: a\n  run: x', ['3:5 KEY_UNKNOWN']],
    ['a body that is misspelt', '- id: a\n  comand: x', ['4:5 KEY_UNKNOWN']],
    ['a dependency that is no id', '- id: a\n  run: x\n  needs: [A B]', ['5:13 STEP_UNKNOWN']],
    [
      'a list written as text',
      '- id: a\n  run: x\n- id: b\n  needs: a\n  when: steps.a.outcome == "success"\n  run: x',
      ['6:12 TYPE_MISMATCH'],
    ],
    ['an expression for a time', '- id: a\n  run: x\n  timeout: ${{ plan.name }}', ['5:14 EXPRESSION_NOT_HERE']],
    ['an id that is too long', `- id: ${'a-'.repeat(40)}b\n  run: x`, ['3:9 VALUE_OUT_OF_RANGE']],
    ['a step that depends on itself', '- id: a\n  needs: [a]\n  run: x', ['4:13 STEP_CYCLE']],
    ['an alias', '- id: a\n  run: x\n  timeout: *t', ['5:14 YAML_ANCHOR']],
    ['a null', '- id: a\n  run: x\n  needs:', ['5:5 TYPE_MISMATCH']],
  ])('gives one diagnostic, without an echo: %s', (_, steps, expected) => {
    expect(mistakes(withSteps(steps))).toEqual(expected)
  })

  test('leaves what is below a cycle alone', () => {
    const steps =
      '- { id: a, run: x, needs: [b] }\n- { id: b, run: x, needs: [a] }\n- { id: c, run: x, needs: [a], when: steps.b.outcome == "success" }'
    expect(mistakes(withSteps(steps))).toEqual(['3:30 STEP_CYCLE'])
  })
})

describe('warnings', () => {
  test.each([
    ['permissions: { network: none }, sandbox: "off"', 'with "sandbox: off" nothing holds the step to them'],
    ['permissions: { shell_commands: none }', '"shell_commands: none" is for agents'],
  ])('tell of permissions of a shell step that nothing holds it to: %s', (keys, why) => {
    const { diagnostics } = read(withSteps(`- { id: a, run: x, ${keys} }`))
    expect(diagnostics).toMatchObject([{ code: 'KEY_WITHOUT_EFFECT', severity: 'warning' }])
    expect(diagnostics[0]?.message).toContain(why)
  })

  test('leave the plan valid', () => {
    const { plan, diagnostics } = read(withSteps('- { id: a, run: x, agent: claude_code }'))
    expect(diagnostics).toMatchObject([{ code: 'KEY_WITHOUT_EFFECT', severity: 'warning' }])
    expect(plan?.steps).toHaveLength(1)
  })

  test.each([
    ['["src/**"]', '["src/a.ts"]', true],
    ['["**"]', '["docs/x.md"]', true],
    ['["src/*.ts"]', '["src/*.md"]', false],
    ['["src/**"]', '["test/**"]', false],
    ['["{src,test}/api/**"]', '["test/api/x.ts"]', true],
    ['["{src,test}/api/**"]', '["docs/**"]', false],
    ['[a.ts]', '[a.ts]', true],
    ['[a.ts]', '[a.tsx]', false],
  ])('tell of overlapping writes of steps that may run together: %s and %s', (one, other, overlaps) => {
    const steps = (needs: string) =>
      withSteps(`- { id: a, prompt: x, writes: ${one} }\n- { id: b, prompt: x, writes: ${other}${needs} }`)
    expect(mistakes(steps('')).some((mistake) => mistake.includes('WRITES_OVERLAP'))).toBe(overlaps)
    expect(mistakes(steps(', needs: [a]'))).toEqual([])
  })

  test('never crowd out an error', () => {
    const steps = Array.from({ length: 1500 }, (_, at) => `- { id: s${at}, run: x, agent: claude_code }`).join('\n')
    const { plan, diagnostics } = read(withSteps(`${steps}\n- { id: last, run: x, needs: [nope] }`))
    expect(plan).toBeNull()
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toHaveLength(1)
  })
})
