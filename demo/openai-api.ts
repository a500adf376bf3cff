// A model over OpenAI's Responses API, with the real `openai` package under the real orchd: it edits a file and runs commands in the
// sandbox, is told why a patch does not fit, is cut off and goes on in its session, and outlives kill -9 of the daemon. The service is a
// stand-in on loopback, as strict as the real one about what a conversation goes on from.
// `node demo/openai-api.ts` (after `npm run build`) ends with 0 when all holds.
import { existsSync } from 'node:fs'
import { message, patchCall, ResponsesServer, shellCall } from '../test/drivers/openai/responses-server.ts'
import { check, Project, until } from './support/orchd.ts'

type Step = {
  outcome: string
  cause: string | null
  message: string | null
  attempts: number
  outputs: object
  usage: { input_tokens: number; output_tokens: number } | null
  cost_usd: number | null
  sandbox: string | null
}
type Response = { run_id: string; status: string; steps: readonly Step[] }

const key = 'sk-the-key-of-the-demonstration'
await using server = new ResponsesServer()
await using project = new Project({ OPENAI_API_KEY: key })
const config = { base_url: await server.listen(), model: 'gpt-demo', max_retries: 1 }
const price = { input_per_million: 1, output_per_million: 10, cache_read_per_million: 0.1 }
project.write(
  'orchestrator_config.yaml',
  JSON.stringify({ agents: { openai_codex: { type: 'api', connection: { method: 'rest_api', config }, price } } }),
)
const plan = (more: object = {}): string => {
  const step = {
    id: 'work',
    agent: 'openai_codex',
    prompt: 'Greet the world.',
    permissions: { network: 'none' },
    ...more,
  }
  return project.write('plan.yaml', JSON.stringify({ name: 'api', steps: [step] }))
}
const stepOf = (response: Response): Step => response.steps[0]!

plan()
server.next(
  { status: 429, headers: { 'retry-after': '1' } },
  { output: [patchCall({ type: 'update_file', path: 'hello.txt', diff: '@@\n-hi\n+hello' })] },
  { output: [patchCall({ type: 'create_file', path: 'hello.txt', diff: '+hello' })] },
  {
    output: [shellCall(['cat hello.txt; echo "key: $OPENAI_API_KEY"', `curl -sm 2 ${config.base_url} || echo no way`])],
  },
  { output: [message('All done.')] },
)
const worked = (await project.json('run', 'plan.yaml')) as Response
const work = stepOf(worked)
check('it works in the sandbox', work.outcome === 'success' && work.sandbox === 'enforced', work)
check('the file is there', project.read('hello.txt') === 'hello\n')
check('tokens are those of four responses', work.usage?.input_tokens === 4000 && work.usage.output_tokens === 80, work)
check('and cost what the list says', Math.abs((work.cost_usd ?? 0) - 4 * (700 + 30 + 200) * 1e-6) < 1e-9, work)
const answers = JSON.stringify(server.requests.map(({ input }) => input))
check('it was told why its first patch did not fit', answers.includes('there is no file hello.txt'))
check(
  'its commands had neither the key nor a way to the service',
  answers.includes('key: \\n') && answers.includes('no way'),
)
const log = (await project.orchd('logs', worked.run_id, 'work')).stdout
check('the log has what it did, and no key', log.includes('again in 1 s') && !log.includes(key), log)

plan({ retry: { max_attempts: 2, delay: '10ms' } })
server.next(
  { output: [shellCall(['touch half-done'])] },
  { broken: 'connection' },
  { broken: 'stream' },
  { output: [message('I went on.')] },
)
const resumed = stepOf((await project.json('run', 'plan.yaml')) as Response)
check('cut off, it is tried again', resumed.outcome === 'success' && resumed.attempts === 2, resumed)
const last = server.requests.at(-1)
check('in the same session, told what happened', typeof last?.['previous_response_id'] === 'string', last)

plan()
server.next(
  { output: [shellCall(['touch begun; until test -e go; do sleep 0.1; done; echo went > went.txt'])] },
  { output: [message('Adopted.')] },
)
const { child, ended } = await project.daemon()
const { run_id: id } = await project.json('run', 'plan.yaml', '--detach')
await until('its command runs', () => existsSync(project.path('begun')))
child.kill('SIGKILL')
await ended
await project.daemon()
project.write('go', '')
const look = async (): Promise<Response> => (await project.json('status', String(id))) as Response
await until('the run is over', async () => (await look()).status === 'completed')
const adopted = stepOf(await look())
check(
  'it outlives kill -9 of the daemon, in one attempt',
  adopted.attempts === 1 && project.read('went.txt') === 'went\n',
  adopted,
)
check('each token counts once', adopted.usage?.input_tokens === 2000, adopted)
await until('nothing runs any more', () => project.processes().length === 0)
