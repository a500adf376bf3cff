import { describe, expect, test } from 'vitest'
import { project, step } from './agents-project.ts'

/** What is said of a step for an agent of one's own with this command. */
const messageFor = (command: string): string | undefined => {
  const mine = `{ type: cli_wrapper, connection: { method: subprocess, config: { command: ${command} } } }`
  return project([], `agents: { mine: ${mine} }\n`).problems(step('mine'))[0]?.message
}

const helpFor = (type: string): string | undefined =>
  project([], `agents: { mine: { type: ${type} } }\n`).problems(step('mine'))[0]?.help

describe('before a run begins it is said of an agent of one’s own', () => {
  test('that there is no program at a path, and that one must be absolute', () => {
    expect(messageFor('/opt/none/mine')).toBe(
      'step "a" cannot run: "/opt/none/mine" is not installed: there is no such program',
    )
    expect(messageFor('tools/mine')).toBe(
      'step "a" cannot run: "tools/mine" is not found: it must be a name on PATH or an absolute path',
    )
  })

  test('that it has no connection, with one for its type', () => {
    expect(helpFor('acp')).toContain('connection: { method: acp, config: { command: ... } }')
    expect(helpFor('cli_wrapper')).toContain('connection: { method: subprocess, config: { command: ... } }')
  })

  test('that its registry entry would put a secret into a command line', () => {
    const config = '{ command: cat, args: ["{prompt}", "--key=${MINE}"], env: { MY_KEY: "${MINE}" } }'
    const mine = `agents: { mine: { type: cli_wrapper, connection: { method: subprocess, config: ${config} } } }\n`
    expect(project(['cat'], mine).problems(step('mine'), { MINE: 'x' })).toMatchObject([
      {
        message:
          'step "a" cannot run: agents.mine.connection.config would show MINE, a secret, to whoever lists processes',
        help: expect.stringContaining('give it in env, and take it out of command, args and flags'),
      },
    ])
    expect(project(['cat'], mine.replace('--key=${MINE}', '-x')).problems(step('mine'), { MINE: 'x' })).toEqual([])
  })
})
