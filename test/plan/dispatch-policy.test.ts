import { describe, expect, test } from 'vitest'
import { anyAgent, type PolicyAgent, rankAgents } from '../../src/plan/dispatch-policy.ts'
import { profileOf } from '../../src/plan/task-profile.ts'
import { rosterAgent } from '../support/roster.ts'

const agent = (name: string, capabilities: readonly string[], more: Partial<PolicyAgent> = {}): PolicyAgent =>
  rosterAgent(name, { capabilities, ...more })

/** The registry of the system's description. */
const described = [
  agent('claude_code', ['complex_reasoning', 'mcp_tools', 'iterative_refinement']),
  agent('openai_codex', ['parallel_sandboxes', 'pr_generation', 'isolated_execution'], { isExperimental: true }),
  agent('cursor_cli', ['rule_enforcement', 'custom_agents', 'headless_operation'], { closed: 'CI=1 hanging bug' }),
]

const names = (text: string, agents = described, wish = anyAgent): readonly string[] =>
  rankAgents(profileOf({ text }), wish, agents, 'read_write').order.map(({ name }) => name)

describe('the kind of work', () => {
  test.each([
    ['Refactor authentication module with tests', 'complex_refactor'],
    ['Fix the crash on empty input', 'bug_fix'],
    ['Write unit tests for the parser', 'test_generation'],
    ['Update the README', 'documentation'],
    ['Review the integrated diff for security. Change nothing.', 'review'],
    ['Implement the endpoints of the API', 'feature'],
    ['Bump lodash', 'dependency_update'],
    ['Do it', 'general'],
    ['', 'general'],
  ])('%s: %s', (text, type) => {
    const profile = profileOf({ text })
    expect(profile.type).toBe(type)
    expect(profile.reasons.length).toBeGreaterThan(0)
  })

  test('that a request gives is not guessed', () => {
    expect(profileOf({ text: 'Review it', type: 'bug_fix' })).toMatchObject({ type: 'bug_fix' })
  })

  test('comes with a size and what it wants', () => {
    expect(profileOf({ text: 'Fix a typo' }).size).toBe('small')
    expect(profileOf({ text: 'Rename it across the whole codebase' }).size).toBe('large')
    expect(profileOf({ text: 'Do it', requirePr: true }).wants).toContain('pr_generation')
  })

  test('is found in time, whatever the text', () => {
    for (const text of ['add '.repeat(50_000), 'a'.repeat(200_000), `${'write a '.repeat(20_000)}test`]) {
      const from = performance.now()
      profileOf({ text })
      expect(performance.now() - from).toBeLessThan(2000)
    }
  })
})

describe('the dispatch policy', () => {
  test('takes who suits the work best, and says why and who comes next', () => {
    expect(names('Refactor the module')).toEqual(['claude_code', 'openai_codex'])
    expect(names('Write tests for the module')).toEqual(['openai_codex', 'claude_code'])
    const ranking = rankAgents(profileOf({ text: 'Refactor it', requirePr: true }), anyAgent, described, 'read_write')
    expect(ranking).toMatchObject({
      order: [{ why: 'complex_refactor is well done with complex_reasoning and iterative_refinement' }, {}],
      support: [{ name: 'openai_codex', why: 'adds pr_generation' }],
      excluded: [{ name: 'cursor_cli', why: 'CI=1 hanging bug' }],
    })
  })

  test('leaves out who may not do with files what the work needs, and says so', () => {
    const agents = [
      agent('reads', [], { fileSystem: 'read_only' }),
      agent('blind', [], { fileSystem: 'none' }),
      agent('writes', []),
    ]
    const ranking = (needs: 'none' | 'read_only' | 'read_write') =>
      rankAgents(profileOf({ text: 'Do it' }), anyAgent, agents, needs)
    expect(ranking('read_write')).toMatchObject({
      order: [{ name: 'writes' }],
      excluded: [
        { name: 'reads', why: 'it may not change files (file_system: read_only)' },
        { name: 'blind', why: 'it may not change files (file_system: none)' },
      ],
    })
    expect(ranking('read_only').order.map(({ name }) => name)).toEqual(['reads', 'writes'])
    expect(ranking('none').order.length).toBe(3)
  })

  test('holds to what a plan requires, and takes what it prefers first', () => {
    expect(names('Refactor it', described, { requires: ['pr_generation'], prefer: [] })).toEqual(['openai_codex'])
    expect(names('Refactor it', described, { requires: [], prefer: ['openai_codex'] })[0]).toBe('openai_codex')
    expect(names('Refactor it', described, { requires: ['flying'], prefer: [] })).toEqual([])
  })

  test('prefers who is well, no experiment, and cheap, in this order', () => {
    const [a, b] = [agent('a', ['x'], { price: 18 }), agent('b', ['x'], { price: 3 })]
    expect(names('Do it', [a, b])).toEqual(['b', 'a'])
    expect(names('Do it', [a, { ...b, isExperimental: true }])).toEqual(['a', 'b'])
    expect(
      names('Do it', [
        { ...a, degraded: 'slow' },
        { ...b, isExperimental: true },
      ]),
    ).toEqual(['b', 'a'])
  })
})
