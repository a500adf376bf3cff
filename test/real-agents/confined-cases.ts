import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check } from '../../demo/support/orchd.ts'
import { AgentProject } from './agent-project.ts'
import type { Case } from './case.ts'

const all = { shell_commands: 'allowed' }

/** Each is a command of an agent that leaves `NAME` in the file `through` when it gets through. */
const tries = (tried: { readonly [name: string]: string }): string =>
  Object.entries(tried)
    .map(([name, command]) => `(${command}) >/dev/null 2>&1 && echo ${name} >> through`)
    .join('; ')

/** What the sandbox of orchd holds the real agents to. */
export const confinedCases: readonly Case[] = [
  {
    name: 'sees its folder and reaches its service, and nothing else, in the sandbox',
    run: async (agent) => {
      await using real = await AgentProject.open(agent, all)
      const { project } = real
      const elsewhere = mkdtempSync(join(tmpdir(), 'orchd-elsewhere-'))
      writeFileSync(join(elsewhere, 'secret'), 'not for agents')
      const other = createServer((_, response) => response.end('reached'))
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', () => resolve()))
      const address = other.address()
      const port = typeof address === 'object' ? address?.port : 0
      const ask = (to: string): string =>
        `exec 3<>/dev/tcp/127.0.0.1/${to} && printf 'GET http://127.0.0.1:${port}/ HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q reached <&3`
      const command = tries({
        control: 'true',
        elsewhere: `cat ${elsewhere}/secret`,
        journal: 'head -c 16 .orchd/orchd.db | grep -q SQLite',
        holder: 'ls .orchd/*.sock',
        configuration: 'grep . orchestrator_config.yaml',
        home: 'ls /root/.[a-z]* /home/*/.[a-z]*',
        direct: `bash -c '${ask(String(port)).replaceAll("'", `'"'"'`)}'`,
        proxy: `bash -c '${ask('3128').replaceAll("'", `'"'"'`)}'`,
      })
      try {
        real.plan([
          { do: 'shell', command },
          { do: 'say', text: 'All done.' },
        ])
        const { step, ms } = await real.run()
        check(
          `${agent.name}: the step succeeds in a sandbox`,
          step.outcome === 'success' && step.sandbox === 'enforced',
          step,
        )
        check(
          `${agent.name}: nothing else got through`,
          project.read('through') === 'control\n',
          project.read('through'),
        )
        check(`${agent.name}: tokens are exactly those of the service`, real.tokensAreExact(step), step)
        return `${ms} ms`
      } finally {
        other.close()
        rmSync(elsewhere, { recursive: true, force: true })
      }
    },
  },
  {
    name: 'cannot write with file_system: read_only, and sees no repository with none',
    run: async (agent) => {
      await using real = await AgentProject.open(agent, all)
      const { project } = real
      const told: string[] = []
      project.write('seen.txt', 'a-word-of-the-repository\n')
      for (const fileSystem of ['read_only', 'none']) {
        const command = `cat ${project.path('seen.txt')}; touch ${project.path('written')}; echo "in $PWD"`
        real.plan(
          [
            { do: 'shell', command },
            { do: 'say', text: 'All done.' },
          ],
          {
            permissions: { network: 'restricted', file_system: fileSystem },
          },
        )
        const { response, step } = await real.run()
        const log = await project.orchd('logs', response.run_id, 'work')
        check(`${agent.name}: nothing is written with ${fileSystem}`, !existsSync(project.path('written')))
        check(
          `${agent.name}: what it sees with ${fileSystem}`,
          log.stdout.includes('a-word-of-the-repository') === (fileSystem === 'read_only'),
          log.stdout,
        )
        told.push(`${fileSystem}: ${step.outcome}`)
      }
      return told.join(', ')
    },
  },
  {
    name: 'has its own sandbox off in ours, whatever the project says',
    run: async (agent) => {
      await using real = await AgentProject.open(agent, all)
      const { project } = real
      project.write('.claude/settings.json', JSON.stringify({ sandbox: { enabled: true, failIfUnavailable: true } }))
      project.write('.codex/config.toml', 'sandbox_mode = "read-only"\n')
      real.plan([
        { do: 'shell', command: 'echo ran > ran.txt' },
        { do: 'say', text: 'All done.' },
      ])
      const { step, ms } = await real.run()
      check(`${agent.name}: its command ran`, step.outcome === 'success' && project.read('ran.txt') === 'ran\n', step)
      return `${ms} ms`
    },
  },
]
