import { expect, test } from 'vitest'
import { agentCheckLines, counts, isFine } from '../../src/surfaces/cli/view/agent-checks.ts'
import { agentDetails } from '../../src/surfaces/cli/view/agent-details.ts'
import { agentsTable } from '../../src/surfaces/cli/view/agents-table.ts'
import { uncolored } from '../../src/surfaces/cli/view/palette.ts'
import { columnsOf } from '../../src/surfaces/cli/view/width.ts'
import { agentReport } from '../support/agent-report.ts'

const now = Date.parse('2026-11-26T12:30:00Z')
const since = '2026-11-26T12:00:00.000Z'
const down = {
  status: 'down',
  why: 'its health check answered 503',
  since,
  asked_at: since,
  next_at: '2026-11-26T12:40:00.000Z',
} as const
const team = { name: 'team', used: 1, max_parallel: 4 }

const agents = [
  agentReport('claude_code', { health: down, slots: { used: 2, max_parallel: 4 } }),
  agentReport('openai_codex', {
    state: 'experimental',
    credential: { ...team, state: 'parked', cause: 'usage_limit', until: '2026-11-26T14:40:00.000Z' },
  }),
  agentReport('cursor_cli', {
    state: 'unavailable',
    version: null,
    why: '"cursor-agent" is not installed: it is not on PATH',
    help: 'get it with curl https://cursor.com/install -fsS | bash',
  }),
  agentReport('a_reviewer_with_a_name_that_is_far_too_long', {
    credential: { ...team, state: 'stopped', cause: 'auth', until: null },
  }),
]

test('the table of agents tells how each is, and fits a terminal of 80 columns', () => {
  const lines = agentsTable(agents, 80, now, uncolored)
  expect(lines).toEqual([
    'AGENT                 STATE         VIA       VERSION  HEALTH  SLOTS  QUOTA',
    'claude_code           active        headless  1.2.3    down    2/4    free',
    '  down since 12:00 UTC, for 30m00s: its health check answered 503; asked again',
    '  at 12:40 UTC',
    'openai_codex          experimental  headless  1.2.3    -       0/4    till 14:40',
    '  its credential team is parked until 14:40 UTC, for 2h10m (usage_limit)',
    '    -> orchd agents --release team uses it before that',
    'cursor_cli            unavailable   headless  -        -       0      free',
    '  "cursor-agent" is not installed: it is not on PATH',
    '    -> get it with curl https://cursor.com/install -fsS | bash',
    'a_reviewer_with_a_n…  active        headless  1.2.3    -       0/4    stopped',
    '  its credential team is stopped, because it was refused (auth)',
    '    -> mend its key or login, then: orchd agents --release team',
  ])
  expect(Math.max(...lines.map((line) => columnsOf(line)))).toBeLessThanOrEqual(80)
})

test('the table is as wide as it needs to be where nobody is at a terminal', () => {
  expect(agentsTable(agents, Number.POSITIVE_INFINITY, now, uncolored)[9]).toBe(
    'a_reviewer_with_a_name_that_is_far_too_long  active        headless  1.2.3    -       0/4    stopped',
  )
})

test('one agent is told with all that is known of it, and nothing that is not', () => {
  const agent = agentReport('claude_code', {
    health: down,
    capabilities: ['complex_reasoning', 'mcp_tools', 'iterative_refinement'],
    permissions: { file_system: 'read_write', network: 'restricted', hosts: ['a.example'] },
    price: { input_per_million: 3 },
  })
  expect(agentDetails(agent, 60, now, uncolored)).toEqual([
    'claude_code  active',
    '  spoken with   as a program (headless), type cli_wrapper',
    '  program       /usr/bin/claude_code',
    '  version       1.2.3',
    '  login         a key (KEY)',
    '  health        down since 12:00 UTC, for 30m00s: its health',
    '                check answered 503; asked again at 12:40 UTC',
    '  slots         0 in use',
    '  credential    claude_code, 0 in use',
    '  quota         free',
    '  capabilities  complex_reasoning, mcp_tools,',
    '                iterative_refinement',
    '  permissions   file_system read_write, network restricted,',
    '                hosts ["a.example"]',
    '  sandbox       required, unless plan or step say otherwise',
    '  price         input_per_million 3 (USD)',
  ])
})

test('what trying gave is told line by line; who is blocked, or neither configured nor there, does not count', () => {
  const bad = { what: 'login', result: 'failed', message: 'no key', help: 'set KEY' } as const
  const good = { what: 'program', result: 'ok', message: '/usr/bin/a', help: null } as const
  const agent = agentReport('a', { checks: [good, bad] })
  expect(agentCheckLines(agent, 80, 0, uncolored)).toEqual([
    'a  active',
    '  ok    program  /usr/bin/a',
    '  fail  login    no key',
    '                 -> set KEY',
  ])
  expect([isFine(agent), isFine(agentReport('a', { checks: [good] }))]).toEqual([false, true])
  const counted = [
    {},
    { configured: false },
    { state: 'unavailable' },
    { state: 'unavailable', configured: false },
    { state: 'blocked' },
  ] as const
  expect(counted.map((more) => counts(agentReport('a', more)))).toEqual([true, true, true, false, false])
})
