// `npm run test:real-agents [agent] [words of a case]`: has the real Claude Code and the real Codex, headless and by ACP, work
// under `orchd run`, against a model's service on loopback: no key, no bill. Ends with 0 when all is right, 1 when not.
import { execFileSync } from 'node:child_process'
import { realAgents } from './agents.ts'
import { cases } from './cases.ts'
import { mcpCases } from './mcp-cases.ts'
import { installAgents } from './install.ts'
import { wholePlan } from './whole-plan.ts'

const [only = '', words = ''] = process.argv.slice(2)
const rows: string[] = []
for (const agent of realAgents(installAgents()).filter(({ name }) => name.includes(only))) {
  const version = agent.version ?? execFileSync(agent.program, ['--version'], { encoding: 'utf8' }).trim()
  const isWanted = (name: string): boolean => agent.only?.some((some) => name.includes(some)) ?? true
  const all = agent.name === 'claude_mcp' ? mcpCases : cases
  for (const { name, run } of all.filter((one) => one.name.includes(words) && isWanted(one.name)))
    rows.push(`| \`${agent.name}\` | ${version} | ${name} | ${await run(agent)} |`)
}
if ('whole_plan'.includes(only))
  rows.push(`| all four | | a plan like plans/auth.yaml | ${await wholePlan(realAgents(installAgents()))} |`)
console.log(['\n| agent | version | what it did | measured |', '| --- | --- | --- | --- |', ...rows].join('\n'))
