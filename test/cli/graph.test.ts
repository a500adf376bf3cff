import { describe, expect, test } from 'vitest'
import { dotText, drawnSteps, mermaidText } from '../../src/surfaces/cli/view/graph-text.ts'
import { railLines } from '../../src/surfaces/cli/view/graph-rails.ts'
import { gate, plan, step } from '../support/plans.ts'

const rail = (id: string, ...dependsOn: string[]): Parameters<typeof railLines>[0][number] => ({
  id,
  dependsOn,
  label: id,
})

describe('rails', () => {
  test('lead from each step to those that wait for it', () => {
    expect(
      railLines([rail('a'), rail('b', 'a'), rail('c', 'a'), rail('d', 'b', 'c'), rail('alone'), rail('e', 'd')]),
    ).toEqual([
      '●   a', //
      '├─╮',
      '● │ b',
      '│ ● c',
      '├─╯',
      '●   d',
      '│ ● alone',
      '●   e',
    ])
  })

  test('cross where they must, and are used again', () => {
    expect(railLines([rail('a'), rail('b'), rail('c', 'a'), rail('d', 'b'), rail('e', 'a', 'd')])).toEqual([
      '●     a', //
      '├─╮',
      '│ │ ● b',
      '● │ │ c',
      '  │ ● d',
      '  ├─╯',
      '  ●   e',
    ])
  })

  test('are given up when there would be too many', () => {
    const many = Array.from({ length: 60 }, (_, at) => rail(`s${at}`, 'a'))
    expect(railLines([rail('a'), ...many])).toBeNull()
  })
})

const subPlans = { 'p.yaml': plan([step('x'), step('y', ['x'])]) }
const nested = plan(
  [
    step('a', [], { body: { kind: 'run', command: 'echo "<b>"' } }),
    step('sub', ['a'], { body: { kind: 'plan', path: 'p.yaml' } }),
    step('end', ['sub'], { body: gate() }),
  ],
  { subPlans, finally: [step('tidy')] },
)

test('Mermaid has a subgraph for each sub-plan and for finally, and no word that it would take for its own', () => {
  expect(mermaidText(drawnSteps(nested)).split('\n')).toEqual([
    'flowchart TD',
    '  s0["a<br/>$ echo #quot;#lt;b#gt;#quot;"]',
    '  subgraph s1["sub<br/>plan p.yaml"]',
    '    s2["x<br/>$ true"]',
    '    s3["y<br/>$ true"]',
    '    s2 --> s3',
    '  end',
    '  s0 --> s1',
    '  s4{{"end<br/>asks: go on?"}}',
    '  s1 --> s4',
    '  subgraph finally',
    '    s5["tidy<br/>$ true"]',
    '  end',
    '',
  ])
})

test('dot has a cluster for each, and edges that end at it', () => {
  const text = dotText('my "plan"', drawnSteps(nested))
  expect(text).toContain('digraph "my \\"plan\\"" {')
  expect(text).toContain('subgraph "cluster_sub" {')
  expect(text).toContain('"a" -> "sub/x" [lhead="cluster_sub"]')
  expect(text).toContain('"sub/x" -> "end" [ltail="cluster_sub"]')
})
