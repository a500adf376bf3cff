import { existsSync } from 'node:fs'
import { check, until } from '../../demo/support/orchd.ts'
import { AgentProject } from './agent-project.ts'
import type { Case } from './case.ts'

const reads = { shell_commands: 'allowed', file_system: 'read_only' }

/** What an agent that is called as a tool, by MCP, can do and cannot. */
export const mcpCases: readonly Case[] = [
  {
    name: 'reads a file and answers, called as a tool',
    run: async (agent) => {
      await using real = await AgentProject.open(agent, reads)
      const { project } = real
      project.write('seen.txt', 'a word\n')
      real.plan([
        { do: 'shell', command: `cat ${project.path('seen.txt')}` },
        { do: 'say', text: 'It says a word.' },
      ])
      const { step, ms } = await real.run()
      check(`${agent.name}: the step succeeds`, step.outcome === 'success', step)
      check(`${agent.name}: its message is an output`, step.outputs['text'] === 'It says a word.', step)
      check(
        `${agent.name}: what it used is unknown, not too small`,
        step.usage === null && step.cost_usd === null,
        step,
      )
      return `${ms} ms, ${step.sandbox}`
    },
  },
  {
    name: 'has its edits refused by its server, and is found out',
    run: async (agent) => {
      await using real = await AgentProject.open(agent, reads)
      const file = real.project.path('hello.txt')
      real.plan(
        [
          { do: 'write', file, text: 'hello\n' },
          { do: 'say', text: 'I have written it.' },
        ],
        { sandbox: 'off' },
      )
      const { step } = await real.run()
      check(`${agent.name}: nothing is written`, !existsSync(file))
      check(`${agent.name}: the step says so`, step.cause === 'permission_denied', step)
      return `${step.cause}: ${step.message}`
    },
  },
  {
    name: 'is not started where it would have to edit',
    run: async (agent) => {
      await using real = await AgentProject.open(agent, { shell_commands: 'allowed' })
      real.plan([{ do: 'say', text: 'All done.' }])
      const { code, stderr } = await real.project.orchd('run', 'plan.yaml')
      check(`${agent.name}: refused before the run begins`, code === 2 && stderr.includes('cannot edit files'), stderr)
      return `exit code ${code}`
    },
  },
  {
    name: 'fails by a cause of its own when its service refuses, is cancelled, is ended in time',
    run: async (agent) => {
      await using real = await AgentProject.open(agent, reads)
      const { project } = real
      real.plan([])
      real.server.failing = 401
      const refused = await real.run()
      check(`${agent.name}: HTTP 401 is auth`, refused.step.cause === 'auth', refused.step)
      real.server.failing = null
      // Nothing is started with a key that was refused.
      await project.orchd('agents', '--release', agent.name)
      real.server.silent = true
      real.plan([], { timeout: '6s' })
      const silent = await real.run()
      check(`${agent.name}: a timeout ends it`, silent.step.cause === 'timeout', silent.step)
      real.plan([])
      await project.daemon()
      const { run_id: id } = await project.json('run', 'plan.yaml', '--detach')
      await until('it asks its service', () => real.server.requests > 0)
      const from = performance.now()
      await project.orchd('cancel', String(id))
      await until('it is over', async () => (await project.json('status', String(id)))['status'] === 'cancelled')
      const ms = Math.round(performance.now() - from)
      await real.nothingIsLeft('after a cancel')
      return `401 ${refused.step.cause} (${refused.ms} ms), ${silent.step.cause} (${silent.ms} ms), cancelled in ${ms} ms`
    },
  },
]
