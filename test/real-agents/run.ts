// `npm run test:real-agents [agent] [words of a case]`: has the real Claude Code and the real Codex work under `orchd run`,
// against a model's service on loopback: no key, no bill. Ends with 0 when all is right, 1 when not.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { AgentName } from './agent-project.ts'
import { cases } from './cases.ts'
import { installAgents } from './install.ts'

const [only = '', words = ''] = process.argv.slice(2)
const programs = installAgents()
const agents: readonly (readonly [AgentName, string])[] = [
  ['claude_code', 'claude'],
  ['openai_codex', 'codex'],
]
const rows: string[] = []
for (const [agent, program] of agents.filter(([name]) => name.includes(only))) {
  const version = execFileSync(join(programs, program), ['--version'], { encoding: 'utf8' }).trim()
  for (const { name, run } of cases.filter((one) => one.name.includes(words)))
    rows.push(`| \`${agent}\` | ${version} | ${name} | ${await run(agent, programs)} |`)
}
console.log(['\n| agent | version | what it did | measured |', '| --- | --- | --- | --- |', ...rows].join('\n'))
