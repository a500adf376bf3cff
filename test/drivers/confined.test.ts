import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { acpProtocol } from '../../src/agents/acp/protocol.ts'
import type { Protocol } from '../../src/agents/cli/agent.ts'
import { mcpProtocol } from '../../src/agents/mcp/protocol.ts'
import type { Result } from '../../src/base/result.ts'
import type { Attempt } from '../../src/ports/agent.ts'
import { confinedRig, confinement, inProject } from '../agents/confined-rig.ts'
import { readOr, until } from '../agents/rig.ts'

/** What a driver starts is in the sandbox; the driver is our own. */
function rigOf(made: Result<Protocol, string>, standIn: string): ReturnType<typeof confinedRig> {
  if (!made.ok) throw new Error(made.error)
  const command = [process.execPath, resolve(`test/fixtures/bin/${standIn}.ts`)]
  const agent = {
    command,
    visible: [resolve('test/fixtures'), resolve('node_modules')],
    permissions: { shell_commands: 'allowed' },
  } as const
  return confinedRig(made.value, agent, { graceMs: 20_000, lingerMs: 20_000 })
}

/** Command lines of the processes of an attempt, by number: they carry its key. */
function processesOf({ runId }: Attempt): ReadonlyMap<number, string> {
  const mine = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => readOr(`/proc/${pid}/environ`)?.includes(`ORCHD_ATTEMPT_KEY=${runId}/`))
  return new Map(mine.map((pid) => [Number(pid), readOr(`/proc/${pid}/cmdline`) ?? '']))
}

const isDriver = (line: string): boolean => line.includes('acp/driver.ts')
const isAgent = (line: string): boolean => line.startsWith(process.execPath) && !isDriver(line)

const hang = { do: [{ child: true }, { hang: true }] }

describe.concurrent('in the sandbox', () => {
  test('an agent that speaks ACP works where it may, and sees nothing else of the person', async () => {
    await using rig = rigOf(acpProtocol({}, null), 'stand-in-acp')
    writeFileSync(join(rig.home, 'secret'), 'of the person')
    const acts = [
      { edit: 'hello.txt', text: 'hello\n', ask: true },
      { sees: join(rig.home, 'secret') },
      { sees: join(rig.project, 'hello.txt') },
      { say: 'Done.' },
    ]
    const attempt = rig.attempt({ do: acts }, inProject(rig, { confinement: confinement() }))
    expect(await rig.run(attempt)).toMatchObject({
      outcome: 'success',
      sandbox: 'enforced',
      outputs: { text: 'Done.' },
    })
    const told = readFileSync(join(rig.project, 'asked.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('"sees"'))
    expect(told.map((line) => JSON.parse(line).params)).toEqual([false, true])
  })

  test.for(['driver', 'agent'] as const)('the %s is killed, and nothing is left', async (victim) => {
    await using rig = rigOf(acpProtocol({}, null), 'stand-in-acp')
    const attempt = rig.attempt(hang, inProject(rig, { confinement: confinement() }))
    const ended = rig.run(attempt)
    await until('its child', () => existsSync(join(rig.project, 'child.pid')))
    const before = processesOf(attempt)
    const [pid] = [...before].find(([, line]) => (victim === 'driver' ? isDriver(line) : isAgent(line)))!
    process.kill(pid, 'SIGKILL')
    expect(await ended).toMatchObject({ outcome: 'failure', cause: 'crashed' })
    expect(before.size).toBeGreaterThan(3)
    expect([...processesOf(attempt).values()]).toEqual([])
  })

  test('a cancel by protocol reaches an agent in the sandbox', async () => {
    await using rig = rigOf(acpProtocol({}, null), 'stand-in-acp')
    const attempt = rig.attempt(hang, inProject(rig, { confinement: confinement() }))
    const ended = rig.run(attempt)
    await until('its child', () => existsSync(join(rig.project, 'child.pid')))
    rig.cli.stop(attempt, 'cancelled')
    expect(await ended).toMatchObject({ outcome: 'cancellation', usage: { inputTokens: 13 } })
    expect(readOr(join(rig.project, 'asked.jsonl'))).toContain('"what":"cancel"')
    expect([...processesOf(attempt).values()]).toEqual([])
  })

  test('a tool of an MCP server is called in it', async () => {
    await using rig = rigOf(mcpProtocol({ tool: 'roots' }, [], null), 'stand-in-mcp')
    const attempt = rig.attempt({}, inProject(rig, { confinement: confinement() }))
    expect(await rig.run(attempt)).toMatchObject({
      outcome: 'success',
      sandbox: 'enforced',
      outputs: { roots: [{ uri: pathToFileURL(rig.project).href }] },
    })
  })
})
