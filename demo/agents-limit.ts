/**
 * 200 agent steps in 5 runs under MAX_PARALLEL_AGENTS=10, with failures, retries, timeouts, a fallback, a cancel, a usage
 * limit in the middle, and the daemon killed with -9 twice: never 11 agents, nor more of one agent or of one credential than
 * its cap. `ORCHD_FIRST_SEED` plays a course again.
 */
import { existsSync } from 'node:fs'
import { agentSteps, type AgentStep, planOf, worker } from './support/agent-steps.ts'
import { LiveAgents, mostNoted } from './support/live-agents.ts'
import { check, Project, until } from './support/orchd.ts'

const limit = 10
const seed = Number(process.env['ORCHD_FIRST_SEED'] ?? Date.now() % 1e6)
console.log(`     seed ${seed}`)

await using project = new Project({ MAX_PARALLEL_AGENTS: String(limit) })
const runs = ['a', 'b', 'c', 'd', 'e'].map((name, number) => ({ name, steps: agentSteps(name, seed + number) }))
const registered = (name: string, limits: object = {}): object => ({
  type: 'cli_wrapper',
  limits,
  connection: {
    method: 'subprocess',
    config: {
      command: ['sh', project.path('worker.sh')],
      args: ['{prompt}'],
      output: 'json',
      fields: { text: 'text', error: 'error' },
      env: { WORKER: name, PLACE: project.folder },
    },
  },
})
const caps = { alpha: 4, beta: 5, delta: 2 }
const teamCap = 6
project.write('worker.sh', worker)
project.write(
  'orchestrator_config.yaml',
  JSON.stringify({
    sandbox: 'off',
    credentials: { team: { max_parallel: teamCap } },
    agents: {
      alpha: registered('alpha', { max_parallel: caps.alpha, credential: 'team' }),
      beta: registered('beta', { max_parallel: caps.beta, credential: 'team' }),
      gamma: registered('gamma'),
      delta: registered('delta', { max_parallel: caps.delta }),
    },
  }),
)
for (const { name, steps } of runs) project.write(`${name}.json`, JSON.stringify(planOf(name, steps)))

type Response = {
  readonly status: string
  readonly steps: readonly {
    readonly id: string
    readonly outcome: string | null
    readonly agent: string
    readonly attempts: number
    readonly started_at: string
  }[]
}
const status = async (id: string): Promise<Response> => (await project.json('status', id)) as Response
const isOver = ({ status: word }: Response): boolean => ['completed', 'failed', 'cancelled'].includes(word)
const notes = (): string[] => (existsSync(project.path('notes')) ? project.read('notes').trimEnd().split('\n') : [])
const ended = (): number => notes().filter((note) => note.startsWith('-')).length

let daemon = await project.daemon()
const killed = async (when: string): Promise<void> => {
  daemon.child.kill('SIGKILL')
  await daemon.ended
  console.log(`     kill -9 of the daemon ${when}`)
  daemon = await project.daemon()
}
const ids = new Map<string, string>()
for (const { name } of runs) {
  const { run_id: id } = await project.json('run', `${name}.json`, '--detach')
  ids.set(name, String(id))
}
const idOf = (name: string): string => ids.get(name) ?? ''
const live = new LiveAgents(project)

await until('30 agents have ended', () => ended() >= 30)
await killed('with agents at work')

await until('70 agents have ended', () => ended() >= 70)
const limitedS = 15
const freeAt = Date.now() + limitedS * 1000
project.write('limited', String(Math.ceil(freeAt / 1000)))
await project.orchd('cancel', idOf('e'), '-m', 'changed my mind')
const parkedLine = /^.*waits for delta: parked until .*\(usage_limit\).*$/m
const explained = async (): Promise<string> =>
  (await Promise.all(['b', 'c', 'd'].map((name) => project.orchd('explain', idOf(name)))))
    .map(({ stdout }) => stdout)
    .join('')
let told = ''
await until('a step waits for delta, whose quota is used up', async () => {
  told = parkedLine.exec(await explained())?.[0] ?? ''
  return told !== ''
})
console.log(`     ${told.trim()}`)
await killed('while an agent is parked')
const still = await explained()
// On a busy machine the time may have come.
check('it is parked after the restart, too', parkedLine.test(still) || Date.now() > freeAt - 1000, still)

await until('run c fails, for one of its steps always fails', async () => isOver(await status(idOf('c'))), 60_000)
check('run c is failed', (await status(idOf('c'))).status === 'failed')
project.write('mended', '')
await project.orchd('retry', idOf('c'), '--detach')
for (const { name } of runs) await until(`run ${name} is over`, async () => isOver(await status(idOf(name))), 60_000)
await until('nothing runs any more', () => project.processes().length === 0)
const { samples, mostOf } = await live.stop()
const all = notes()
const count = (mark: string): number => all.filter((note) => note.startsWith(mark)).length

let [fellBack, waited] = [0, 0]
for (const { name, steps } of runs) {
  const response = await status(idOf(name))
  const wanted = name === 'e' ? 'cancelled' : 'completed'
  check(`run ${name} is ${wanted}`, response.status === wanted, response.status)
  if (name === 'e') continue
  const wrong = steps.filter((step) => !isRight(step, idOf(name), response))
  check('and each of its steps ended as it had to, in as many attempts as it needed', wrong.length === 0, [
    wrong,
    response.steps.filter(({ id }) => wrong.some((step) => step.id === id)),
  ])
  for (const { id, agent, started_at: startedAt } of response.steps) {
    const step = steps.find((one) => one.id === id)
    if (step?.agent === 'delta' && agent === 'gamma') fellBack++
    if (agent === 'delta' && Date.parse(startedAt) >= freeAt) waited++
  }
}
check(`${fellBack} steps of delta went to their fallback, ${waited} waited`, fellBack > 0 && waited > 0)
check('no attempt began or ended twice', new Set(all).size === all.length, all.length - new Set(all).size)
check(`${count('+')} agents began, and all have ended`, count('+') === count('-'), count('-'))
for (const [agents, cap] of [
  [[], limit],
  [['alpha'], caps.alpha],
  [['beta'], caps.beta],
  [['delta'], caps.delta],
  [['alpha', 'beta'], teamCap],
] as const) {
  const [seen, noted] = [mostOf(...agents), mostNoted(all, agents)]
  const whose = agents.length === 0 ? 'agents' : agents.join(' and ')
  const both = `${seen} in ${samples} looks at the processes, ${noted} by their own notes`
  check(`never more than ${cap} of ${whose} at once: ${both}`, Math.max(seen, noted) <= cap && seen > 1)
}
check(`the ${limit} slots were all in use`, Math.max(mostOf(), mostNoted(all)) === limit)
const refused = count('!')
check(`delta was asked ${refused} times while its quota was used up`, refused > 0 && refused <= caps.delta, refused)

/** Each failure has cost an attempt and led to another; what met the usage limit has cost none, and went on elsewhere or later. */
function isRight({ id, agent, fallback, kind }: AgentStep, run: string, { steps }: Response): boolean {
  const step = steps.find((one) => one.id === id)
  const refusals = all.filter((note) => note.startsWith(`! ${agent} ${run}/${id}#`)).length
  const failures = kind === 'fails_first' || kind === 'fails_until_mended' ? 1 : 0
  return (
    step !== undefined &&
    step.outcome === (kind === 'never_ends' ? 'timeout' : 'success') &&
    step.attempts === 1 + failures + refusals &&
    (step.agent === agent || (step.agent === fallback && step.agent !== null))
  )
}
