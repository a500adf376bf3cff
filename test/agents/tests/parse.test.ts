import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readFailed, readTests } from '../../../src/agents/tests/parse.ts'
import type { TestResults } from '../../../src/agents/tests/results.ts'

/** What the real programs wrote of the same few tests. */
const report = (name: string): string => readFileSync(`test/fixtures/test-reports/${name}`, 'utf8')

const numbers = (found: TestResults | null): readonly number[] | null =>
  found === null ? null : [found.passed, found.failed, found.skipped, found.total]

const nodes = [2, 2, 2, 6]
const pytest = [1, 2, 2, 5]
const go = [1, 2, 1, 4]

describe('reports of real programs', () => {
  test.each([
    ['node-spec.txt', nodes],
    ['node.tap', nodes],
    ['node-junit.xml', nodes],
    ['vitest-default.txt', nodes],
    ['vitest.json', nodes],
    ['vitest-junit.xml', nodes],
    ['vitest.tap', nodes],
    ['pytest.txt', pytest],
    ['pytest-quiet.txt', pytest],
    ['pytest-junit.xml', pytest],
    ['go-verbose.txt', go],
    ['go.json', go],
    ['cargo.txt', [1, 1, 1, 3]],
  ] as const)('%s gives how many passed, failed and were skipped', (name, expected) => {
    expect(numbers(readTests(report(name)))).toEqual(expected)
  })

  test.each(['node.tap', 'node-junit.xml', 'vitest.json', 'vitest-junit.xml', 'vitest.tap', 'vitest-default.txt'])(
    '%s names the tests that failed',
    (name) => {
      const names = readTests(report(name))?.failures.map((failure) => failure.name) ?? []
      expect(names).toHaveLength(2)
      expect(names[0]).toContain('breaks <b>')
      expect(names[1]).toContain('inner breaks')
    },
  )

  test('files and messages are told where the report has them', () => {
    expect(readTests(report('vitest.json'))?.failures[1]).toMatchObject({
      name: 'group inner breaks',
      file: expect.stringContaining('a.test.js'),
      message: expect.stringContaining('boom'),
    })
    expect(readTests(report('pytest.txt'))?.failures).toEqual([
      { name: 'test_a.py::test_breaks[a b - c]', file: 'test_a.py', message: 'assert (1 + 1) == 3' },
      { name: 'test_a.py::test_error', file: 'test_a.py', message: 'RuntimeError: boom' },
    ])
    expect(readTests(report('go.json'))?.failures[0]).toMatchObject({ name: 'TestBreaks/inner', file: 'example' })
  })

  test('go without -v does not tell how many passed, so nothing is told', () => {
    expect(readTests(report('go.txt'))).toBeNull()
  })

  test('several summaries in one log are added up, colours and what npm prints around them left out', () => {
    const log = `> app@1.0.0 test\n\n\u001B[2m      Tests \u001B[22m \u001B[1m\u001B[32m3 passed\u001B[39m\u001B[22m (3)\n> lib@1.0.0 test\nTests:       1 failed, 1 skipped, 2 passed, 4 total\n`
    expect(numbers(readTests(log))).toEqual([5, 1, 1, 7])
    expect(numbers(readTests('  12 passing (34ms)\n  1 pending\n  2 failing\n'))).toEqual([12, 2, 1, 15])
  })
})

describe('what summaries leave out', () => {
  test('a file that vitest or jest cannot load is a failure, told once', () => {
    const vitest =
      '⎯ Failed Suites 1 ⎯\n\n FAIL  b.test.ts [ b.test.ts ]\nError: x\n\n Test Files  1 failed | 1 passed (2)\n      Tests  4 passed (4)\n'
    expect(numbers(readTests(vitest))).toEqual([4, 1, 0, 5])
    expect(readTests(vitest)?.failures).toEqual([
      { name: 'b.test.ts', file: 'b.test.ts', message: 'could not be loaded' },
    ])
    const alone = vitest.replace(/ Test Files[^]*/, ' Test Files  1 failed (1)\n      Tests  no tests\n')
    expect(numbers(readTests(alone))).toEqual([0, 1, 0, 1])
    const suite = 'FAIL src/b.test.js (5.1 s)\n  ● Test suite failed to run\n\n    SyntaxError\n\n'
    const jest = `PASS src/a.test.js\n${suite}Summary of all failing tests\n${suite}Test Suites: 1 failed, 1 passed, 2 total\nTests:       4 passed, 4 total\n`
    expect(numbers(readTests(jest))).toEqual([4, 1, 0, 5])
  })

  test('that there was no test is told, and is not the same as telling nothing', () => {
    for (const log of [
      'ℹ tests 0\nℹ pass 0\nℹ fail 0\n',
      'TAP version 13\n1..0\n',
      'test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured\n',
      '  0 passing (1ms)\n',
      '=== no tests ran in 0.00s ===\n',
      'No test files found, exiting with code 1\n\ninclude: x\n',
      '{"numTotalTests":0,"testResults":[]}',
      'Tests:       0 total\n',
      '<testsuites tests="0"></testsuites>',
    ])
      // prettier-ignore
      expect([log, numbers(readTests(log))]).toEqual([log, [0, 0, 0, 0]])
    expect(readTests('all is well\n')).toBeNull()
  })

  test('go without -v tells what failed, though not how much there was', () => {
    expect(readFailed(report('go.txt'))).toEqual(['TestBreaks'])
    expect(readFailed('# x\n./a.go:1:1: expected\nFAIL\tx [build failed]\nok  \ty\t0.01s\nFAIL\n')).toEqual(['x'])
    expect(readFailed(report('vitest-default.txt'))).toEqual(
      readTests(report('vitest-default.txt'))?.failures.map(({ name }) => name),
    )
  })
})

describe('what is easily misread', () => {
  test('a name that looks like a directive is a name', () => {
    const tap = [
      '1..4',
      'not ok 1 - shows \\# todo',
      'ok 2 - b \\# skip # time=1ms',
      'not ok 3 - c # TODO: later',
      'ok 4 # SKIP',
    ]
    const found = readTests(tap.join('\n'))
    expect(numbers(found)).toEqual([1, 1, 2, 4])
    expect(found?.failures[0]?.name).toBe('shows # todo')
  })

  test('what is still to do may fail, in the JUnit XML of node:test too', () => {
    const todo = '<testcase name="a"><skipped type="todo" message="true"/><failure message="b"/></testcase>'
    expect(numbers(readTests(`<testsuites>${todo}<testcase name="c"/></testsuites>`))).toEqual([1, 0, 1, 2])
  })

  test('tests that are switched off in GoogleTest have not passed', () => {
    const off = '<testcase name="b" status="notrun" result="suppressed" classname="A"/>'
    const suite = `<testsuite><testcase name="a" status="run" result="completed"/>${off}</testsuite>`
    expect(numbers(readTests(`<testsuites>${suite}</testsuites>`))).toEqual([1, 0, 1, 2])
  })

  test('subtests of pytest are told beside its tests', () => {
    expect(numbers(readTests('=== 1 failed, 2 passed, 1 subtests failed, 5 subtests passed in 0.12s ==='))).toEqual([
      2, 1, 0, 3,
    ])
  })
})

describe('hostile reports', () => {
  test('no entity is expanded, and a document type is no report', () => {
    const bomb = `<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "${'&x;'.repeat(1000)}">]><testsuites><testcase name="&z;"/></testsuites>`
    expect(readTests(bomb)).toBeNull()
    expect(readTests('<testsuites><testcase name="&other;"/></testsuites>')).toBeNull()
  })

  test.each([
    ['nested elements', '<testsuites>'.repeat(200_000)],
    ['a broken document', `<testsuites>${'<testcase name="a"/>'.repeat(100_000)}`],
    ['another document', '<html><testcase name="a"/></html>'],
    ['JSON that is cut', '{"numTotalTests": 3, "testResults": ['],
    ['JSON of other shapes', '{"numTotalTests": 1, "testResults": [null, 1, {"assertionResults": {}}]}'],
    ['nested JSON', `{"numTotalTests": ${'['.repeat(100_000)}`],
    ['nothing', ''],
  ])('%s: nothing is told', (_, text) => {
    expect(readTests(text)).toBeNull()
  })

  const long = 1 << 20
  test.each([
    ['blanks', `TAP version 13\nok${' '.repeat(long)}`],
    ['blanks before what is no end of a line', `TAP version 13\nok${' '.repeat(long)}\u2028`],
    ['strings of a terminal', `${'\u009D'.repeat(long)}\u001Bq`],
    ['numbers', `${'1 failed, '.repeat(long / 10)} in 1s`],
    ['signs', '='.repeat(long)],
    ['names', `FAILED ${'a::'.repeat(long / 3)}`],
    ['escapes', '\u001B]'.repeat(long / 2)],
    ['dashes', `not ok ${' - '.repeat(long / 3)}\n1..1`],
    ['go', `=== RUN \n--- PASS: ${'a'.repeat(long)}`],
    ['tests', `Tests  ${'1 '.repeat(long / 2)}`],
  ])('a line of a megabyte is read in time that grows with its length: %s', (_, text) => {
    // A quadratic search would take minutes.
    const from = performance.now()
    readTests(text)
    expect(performance.now() - from).toBeLessThan(5000)
  })

  test('what is told is limited', () => {
    const cases = `<testcase name="${'n'.repeat(5000)}"><failure>${'m'.repeat(5000)}</failure></testcase>`
    const found = readTests(`<testsuite>${cases.repeat(200)}</testsuite>`)
    expect(numbers(found)).toEqual([0, 200, 0, 200])
    expect(found?.failures).toHaveLength(50)
    expect(JSON.stringify(found).length).toBeLessThan(60_000)
  })
})

test('of a flood of lines the last 300,000 that are not blank are looked at', () => {
  const summary = 'Tests  1 failed | 3 passed (4)\n'
  expect(readTests(`${summary}${'\n'.repeat(400_000)}`)).toMatchObject({ total: 4 })
  expect(readTests(`${'x\n'.repeat(400_000)}${summary}`)).toMatchObject({ total: 4 })
  expect(readTests(`${summary}${'x\n'.repeat(400_000)}`)).toBeNull()
})
