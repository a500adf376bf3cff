// An agent that speaks the Agent Client Protocol, under the real orchd: it works, is refused what it may not do, is asked to
// stop by its protocol, and outlives kill -9 of the daemon. The agent is a stand-in built on the protocol's own library.
// `node demo/acp-agent.ts` (after `npm run build`) ends with 0 when all holds.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { check, Project, until } from './support/orchd.ts'

type Step = {
  outcome: string | null
  cause: string | null
  message: string | null
  attempts: number
  outputs: object
  usage: object
}
type Response = { run_id: string; status: string; steps: Step[] }

const agent = join(import.meta.dirname, '../test/fixtures/bin/stand-in-acp.ts')
await using project = new Project()
project.write(
  'orchestrator_config.yaml',
  JSON.stringify({
    agents: {
      mine: {
        type: 'acp',
        connection: { method: 'acp', config: { command: [process.execPath, agent], mode: 'build' } },
      },
    },
    permissions: { mine: { shell_commands: 'none' } },
  }),
)

/** A plan whose one step has the agent do this. */
function plan(acts: readonly object[]): void {
  const step = { id: 'work', agent: 'mine', sandbox: 'off', prompt: JSON.stringify({ do: acts }) }
  project.write('plan.yaml', JSON.stringify({ name: 'acp', steps: [step] }))
}
const run = async (): Promise<Response> => (await project.json('run', 'plan.yaml')) as Response
const asked = (what: string): boolean => project.read('asked.jsonl').includes(`"what":"${what}"`)
const ended = async (id: string): Promise<Step> => {
  const look = async (): Promise<Response> => (await project.json('status', id)) as Response
  await until('the run is over', async () => !['queued', 'running', 'waiting'].includes((await look()).status))
  return (await look()).steps[0]!
}

plan([{ edit: 'hello.txt', text: 'hello\n', ask: true }, { say: 'All is done.' }])
const worked = await run()
const [step] = worked.steps
check(
  'it works, and asks before it edits',
  step!.outcome === 'success' && project.read('hello.txt') === 'hello\n',
  step,
)
check('its message is an output', JSON.stringify(step!.outputs) === '{"text":"All is done."}', step)
console.log((await project.orchd('logs', worked.run_id, 'work')).stdout)

plan([{ run: 'rm -rf build', ask: true }, { say: 'All is done.' }])
const denied = (await run()).steps[0]!
check('what permissions do not allow is refused, and the step says so', denied.cause === 'permission_denied', denied)
console.log(`     ${denied.message}\n`)

const first = await project.daemon()
plan([{ say: 'I begin.' }, { edit: 'begun', text: '' }, { hang: true }])
const { run_id: hanging } = await project.json('run', 'plan.yaml', '--detach')
await until('it works', () => existsSync(project.path('begun')))
await project.orchd('cancel', String(hanging))
const cancelled = await ended(String(hanging))
check('a cancel is asked for by the protocol', cancelled.cause === 'cancelled' && asked('cancel'), cancelled)
check('and what it had used is known', cancelled.usage !== null, cancelled)
check('nothing of it is left', project.processes().length === 0)

plan([{ edit: 'again', text: '' }, { waitFor: 'go' }, { say: 'I went on.' }])
const { run_id: adopted } = await project.json('run', 'plan.yaml', '--detach')
await until('it works', () => existsSync(project.path('again')))
first.child.kill('SIGKILL')
await first.ended
check('it outlives kill -9 of the daemon', project.processes().length > 0)
await project.daemon()
project.write('go', '')
const survived = await ended(String(adopted))
check('the next daemon adopts it: one attempt', survived.outcome === 'success' && survived.attempts === 1, survived)
check('nothing of it is left', project.processes().length === 0)
