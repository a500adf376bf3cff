import { existsSync, readdirSync } from 'node:fs'
import { OtlpReceiver } from '../support/otlp-receiver.ts'
import { check, until } from '../../demo/support/orchd.ts'
import { AgentProject, type Response } from './agent-project.ts'
import type { RealAgent } from './agents.ts'
import type { Case } from './case.ts'
import { confinedCases } from './confined-cases.ts'
import { mergeCases } from './merge-cases.ts'
import type { Turn } from './turn.ts'

const all = { shell_commands: 'allowed' }
const open = (agent: RealAgent): Promise<AgentProject> => AgentProject.open(agent, all)

export const cases: readonly Case[] = [
  {
    name: 'edits a file, runs a command, tells its last message',
    run: async (agent) => {
      await using real = await open(agent)
      const { project } = real
      real.plan([
        { do: 'write', file: project.path('hello.txt'), text: 'hello\n' },
        { do: 'shell', command: 'echo "$TRACEPARENT" > trace.txt' },
        { do: 'say', text: 'All done.' },
      ])
      const { response, step, ms } = await real.run()
      check(`${agent.name}: the step succeeds`, step.outcome === 'success', step)
      check(`${agent.name}: its message is an output`, step.outputs['text'] === 'All done.', step)
      check(`${agent.name}: the file is there`, project.read('hello.txt') === 'hello\n')
      check(`${agent.name}: TRACEPARENT reaches its commands`, /^00-[0-9a-f]{32}-/.test(project.read('trace.txt')))
      check(`${agent.name}: tokens are exactly those of the service`, real.tokensAreExact(step), [
        step,
        real.server.tokens,
      ])
      check(`${agent.name}: and so is what they cost`, real.costIsExact(step), [step, real.server.tokens])
      const log = await project.orchd('logs', response.run_id, 'work')
      check(
        `${agent.name}: its log has its stream, and no key`,
        log.stdout.includes('All done.') && !log.stdout.includes('not-a-key'),
      )
      return `${ms} ms, ${step.usage?.input_tokens} + ${step.usage?.output_tokens} tokens, ${step.cost_usd === null ? 'no cost told' : `$${step.cost_usd}`}`
    },
  },
  {
    name: 'answers in the form of output_schema',
    run: async (agent) => {
      await using real = await open(agent)
      const properties = { risk: { enum: ['low', 'high'] }, files: { type: 'array', items: { type: 'string' } } }
      const schema = { type: 'object', required: ['risk', 'files'], properties, additionalProperties: false }
      const answer = { risk: 'low', files: ['a.ts'] }
      real.plan([{ do: 'answer', value: answer }], { output_schema: schema })
      const { step, ms } = await real.run()
      check(`${agent.name}: outputs are the answer`, JSON.stringify(step.outputs) === JSON.stringify(answer), step)
      check(`${agent.name}: tokens are exactly those of the service`, real.tokensAreExact(step), [
        step,
        real.server.tokens,
      ])
      return `${ms} ms`
    },
  },
  {
    name: 'fails by a cause of its own when its service refuses',
    run: async (agent) => {
      const told: string[] = []
      for (const [status, causes] of [
        [401, ['auth']],
        [429, ['rate_limited']],
        [529, ['overloaded', 'transient']],
        [500, ['transient', 'overloaded']],
        [400, ['agent_error']],
      ] as const) {
        // Of its own: a credential that is refused or at its limit is left alone by whatever comes next.
        await using real = await open(agent)
        real.plan([])
        real.server.failing = status
        // What comes next is not its agent's to say: with some causes the run waits.
        const { result, ms } = await real.firstEnd()
        const isAsWanted = result.outcome === 'failure' && causes.some((cause) => cause === result.cause)
        check(`${agent.name}: HTTP ${status} is ${causes.join(' or ')}`, isAsWanted, result)
        told.push(`${status} ${result.cause} (${ms} ms)`)
      }
      return told.join(', ')
    },
  },
  {
    name: 'is refused what it may not do, by itself (sandbox: off)',
    run: async (agent) => {
      const { permissions, turn } = agent.refused
      await using real = await AgentProject.open(agent, permissions)
      const file = real.project.path('hello.txt')
      real.plan([turn(file)], { sandbox: 'off' })
      const { step } = await real.run()
      check(`${agent.name}: the file is not there`, !existsSync(file))
      check(`${agent.name}: the step says so`, step.cause === 'permission_denied', step)
      return `${step.outcome} ${step.cause ?? ''}`.trim()
    },
  },
  {
    name: 'goes on in its session when it is tried again (sandbox: off)',
    run: async (agent) => {
      const { permissions, turn } = agent.refused
      await using real = await AgentProject.open(agent, permissions)
      const denied = turn(real.project.path('hello.txt'))
      // What it is told to do first is denied, which is a failure; the second attempt sees in its session that this was done.
      real.plan([denied, { do: 'say', text: 'Said in a session of two attempts.' }], {
        sandbox: 'off',
        retry: { max_attempts: 2, delay: '1ms', on: ['permission_denied'] },
      })
      const { step, ms } = await real.run()
      check(`${agent.name}: the second attempt succeeds`, step.outcome === 'success' && step.attempts === 2, step)
      const { requests } = real.server
      const expected = agent.refused.endsTurn === true ? 2 : 3
      check(`${agent.name}: in ${expected} requests of one conversation`, requests === expected, requests)
      check(`${agent.name}: each token is counted once`, real.tokensAreExact(step), [step, real.server.tokens])
      check(`${agent.name}: and so is what it cost`, real.costIsExact(step), [step, real.server.tokens])
      const homes = real.project.path('.orchd/homes')
      check(`${agent.name}: its home is gone`, !existsSync(homes) || readdirSync(homes).length === 0)
      return `${ms} ms, ${step.usage?.input_tokens} + ${step.usage?.output_tokens} tokens, $${step.cost_usd}`
    },
  },
  {
    name: 'goes on in its session when its check fails, in the sandbox',
    run: async (agent) => {
      await using real = await open(agent)
      // Its first turn is over when the check fails: it has nothing more to do than to speak again.
      real.plan(
        [
          { do: 'shell', command: 'echo done > work.txt' },
          { do: 'say', text: 'All done.' },
        ],
        {
          verify: { run: 'echo x >> tries; cat work.txt; test $(wc -l < tries) -eq 2', max_rounds: 3 },
        },
      )
      const { step, ms } = await real.run()
      check(
        `${agent.name}: the second round succeeds, in one attempt`,
        step.outcome === 'success' && step.attempts === 1 && step.message === 'its check succeeded in round 2 of 3',
        step,
      )
      check(`${agent.name}: in three requests of one conversation`, real.server.requests === 3, real.server.requests)
      check(`${agent.name}: each token is counted once`, real.tokensAreExact(step), [step, real.server.tokens])
      check(`${agent.name}: and so is what it cost`, real.costIsExact(step), [step, real.server.tokens])
      return `${ms} ms, ${step.usage?.input_tokens} + ${step.usage?.output_tokens} tokens, $${step.cost_usd}`
    },
  },
  {
    name: 'is traced with its tools, and with spans of its own',
    run: async (agent) => {
      await using receiver = await OtlpReceiver.start()
      await using real = await open(agent)
      real.project.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = new URL(receiver.url).origin
      real.plan(
        [
          { do: 'shell', command: 'echo hello' },
          { do: 'say', text: 'All done.' },
        ],
        { permissions: { network: 'allowed' } },
      )
      const { step } = await real.run()
      check(`${agent.name}: the step succeeds`, step.outcome === 'success', step)
      const attempt = receiver.spans.find(({ name }) => name.startsWith('invoke_agent'))
      const below = receiver.spans.filter(({ parentSpanId }) => parentSpanId === attempt?.spanId)
      const tools = below.filter(({ name }) => name.startsWith('execute_tool'))
      check(`${agent.name}: its tool is a span below it`, tools.length === 1, below)
      const own = receiver.spans.filter(({ name }) => name.startsWith('claude_code.'))
      const nested = own.filter(({ parentSpanId }) => parentSpanId === attempt?.spanId)
      const wanted = agent.name.startsWith('claude')
      check(
        `${agent.name}: ${wanted ? 'its own spans stand below it' : 'it sends none of its own'}`,
        wanted === nested.length > 0,
        [attempt?.spanId, own.map(({ name, parentSpanId }) => [name, parentSpanId])],
      )
      return `${tools.map(({ name, startAt, endAt }) => `${name} ${endAt - startAt} ms`).join(', ')}; ${own.length} spans of its own: ${[...new Set(own.map(({ name }) => name))].join(', ')}`
    },
  },
  {
    name: 'stops by itself at what a budget leaves, and goes on with more',
    run: async (agent) => {
      await using real = await open(agent)
      // The first turn costs $0.00402: with the second one the money is gone.
      real.budget = 0.005
      real.plan([
        { do: 'shell', command: 'echo one' },
        { do: 'shell', command: 'echo two' },
        { do: 'say', text: 'All done.' },
      ])
      const { run_id: id } = await real.project.json('run', 'plan.yaml', '--no-wait')
      const waiting = (await real.project.json('status', String(id))) as Response
      const wanted = agent.name === 'claude_code'
      check(
        `${agent.name}: ${wanted ? 'the run waits for its budget' : 'it has no limit of its own'}`,
        wanted === (waiting.status === 'waiting'),
        waiting,
      )
      const ended = await real.project.orchd('resume', String(id), '--budget', '1')
      const [step] = ((await real.project.json('status', String(id))) as Response).steps
      if (step === undefined) throw new Error(ended.stderr)
      check(`${agent.name}: it goes on to its end`, step.outcome === 'success', [step, ended])
      check(`${agent.name}: tokens are exact`, real.tokensAreExact(step), [step, real.server.tokens])
      check(`${agent.name}: and so is the cost`, real.costIsExact(step), [step, real.server.tokens])
      return `${step.attempts} attempts, ${step.usage?.input_tokens} + ${step.usage?.output_tokens} tokens, $${step.cost_usd}`
    },
  },
  {
    name: 'is cancelled in the middle of a command',
    run: async (agent) => {
      await using real = await open(agent)
      const { project } = real
      real.plan([{ do: 'shell', command: 'touch begun; tail -f /dev/null' }])
      await project.daemon()
      const { run_id: id } = await project.json('run', 'plan.yaml', '--detach')
      await until('its command runs', () => existsSync(project.path('begun')))
      const from = performance.now()
      await project.orchd('cancel', String(id))
      const ended = await whenOver(real, String(id))
      const ms = Math.round(performance.now() - from)
      check(`${agent.name}: the step is cancelled`, ended.steps[0]?.cause === 'cancelled', ended)
      await real.nothingIsLeft('after a cancel')
      return `${ms} ms`
    },
  },
  {
    name: 'outlives kill -9 of the daemon, and is adopted',
    run: async (agent) => {
      await using real = await open(agent)
      const { project } = real
      const command = 'touch begun; until test -e go; do sleep 0.1; done; echo went > went.txt'
      real.plan([
        { do: 'shell', command },
        { do: 'say', text: 'All done.' },
      ])
      const { child, ended } = await project.daemon()
      const { run_id: id } = await project.json('run', 'plan.yaml', '--detach')
      await until('its command runs', () => existsSync(project.path('begun')))
      child.kill('SIGKILL')
      await ended
      const before = real.server.requests
      await project.daemon()
      project.write('go', '')
      const response = await whenOver(real, String(id))
      const [step] = response.steps
      if (step === undefined) throw new Error(JSON.stringify(response))
      check(`${agent.name}: it went on`, step.outcome === 'success' && project.read('went.txt') === 'went\n', step)
      check(
        `${agent.name}: in one attempt, with one more request`,
        step.attempts === 1 && real.server.requests === before + 1,
        step,
      )
      check(`${agent.name}: tokens are exactly those of the service`, real.tokensAreExact(step), [
        step,
        real.server.tokens,
      ])
      await real.nothingIsLeft('after its end')
      return `1 attempt, ${step.usage?.input_tokens} + ${step.usage?.output_tokens} tokens`
    },
  },
  {
    name: 'is ended when its service says nothing, or is not there',
    run: async (agent) => {
      await using real = await open(agent)
      real.plan([], { timeout: '6s' })
      real.server.silent = true
      const silent = await real.run()
      check(`${agent.name}: a timeout ends it`, silent.step.cause === 'timeout', silent.step)
      await real.nothingIsLeft('after a timeout')
      real.settings('http://127.0.0.1:9', all)
      real.plan([], { timeout: '60s', stall_timeout: '8s' })
      const absent = await real.run()
      check(
        `${agent.name}: tries to connect are no progress`,
        ['stalled', 'transient'].includes(absent.step.cause ?? ''),
        absent.step,
      )
      await real.nothingIsLeft('after vain tries')
      return `silent: ${silent.step.cause} (${silent.ms} ms); refused: ${absent.step.cause} (${absent.ms} ms)`
    },
  },
  {
    name: 'is driven as an agent that orchd knows nothing of',
    run: async (agent) => {
      await using real = await open(agent)
      const { project } = real
      const turns: Turn[] = [
        { do: 'write', file: project.path('hello.txt'), text: 'hello\n' },
        { do: 'shell', command: 'echo ran > ran.txt' },
        { do: 'say', text: 'All done.' },
      ]
      real.plan(turns)
      const { step, ms } = await real.run()
      check(`${agent.name}: the step succeeds`, step.outcome === 'success', step)
      check(`${agent.name}: its message is an output`, step.outputs['text'] === 'All done.', step)
      check(`${agent.name}: file and command`, project.read('hello.txt') + project.read('ran.txt') === 'hello\nran\n')
      const { usage } = step
      check(`${agent.name}: tokens are not too small`, usage === null || real.tokensAreExact(step), step)
      return `${ms} ms, ${usage === null ? 'tokens unknown' : `${usage.input_tokens} + ${usage.output_tokens} tokens`}`
    },
  },
  ...confinedCases,
  ...mergeCases,
]

async function whenOver({ project }: AgentProject, id: string): Promise<Response> {
  for (;;) {
    const response = (await project.json('status', id)) as Response
    if (!['queued', 'running', 'waiting'].includes(response.status)) return response
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
