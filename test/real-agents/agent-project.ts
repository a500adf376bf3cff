import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { check, Project, until } from '../../demo/support/orchd.ts'
import type { JsonObject } from '../../src/base/json.ts'
import type { RealAgent } from './agents.ts'
import { ModelServer, scripted } from './model-server.ts'
import type { Turn } from './turn.ts'

/** In dollars per million tokens: what the registry says of Codex, and what this version of Claude Code knows of its model. */
const prices = { input_per_million: 4, output_per_million: 20, cache_read_per_million: 0.2 }

export type Response = {
  readonly run_id: string
  readonly status: string
  readonly steps: readonly {
    readonly id: string
    readonly outcome: string
    readonly cause: string | null
    readonly message: string | null
    readonly attempts: number
    readonly outputs: JsonObject
    readonly usage: { readonly input_tokens: number; readonly output_tokens: number } | null
    readonly cost_usd: number | null
    readonly sandbox?: string
  }[]
}

/** A project in which one real agent works against a model's service on loopback. */
export class AgentProject implements AsyncDisposable {
  readonly agent: RealAgent
  readonly server: ModelServer = new ModelServer()
  readonly project: Project

  private constructor(agent: RealAgent) {
    this.agent = agent
    const keys = { ANTHROPIC_API_KEY: 'sk-ant-not-a-key', CODEX_API_KEY: 'sk-not-a-key', CLAUDE_CODE_MAX_RETRIES: '1' }
    this.project = new Project({ ...keys, PATH: `${dirname(agent.program)}:${process.env['PATH'] ?? ''}` })
  }

  static async open(agent: RealAgent, permissions: JsonObject): Promise<AgentProject> {
    const opened = new AgentProject(agent)
    opened.settings(await opened.server.listen(), permissions)
    return opened
  }

  settings(url: string, permissions: JsonObject): void {
    const { name, entry } = this.agent
    this.project.write(
      'orchestrator_config.yaml',
      JSON.stringify({ agents: { [name]: { ...entry(url), price: prices } }, permissions: { [name]: permissions } }),
    )
  }

  /** Dollars that a plan may cost; `null`: no limit. */
  budget: number | null = null

  plan(turns: readonly Turn[], more: JsonObject = {}): void {
    const step = {
      id: 'work',
      agent: this.agent.name,
      model: this.agent.model,
      // Its service is all that it reaches: on loopback, where a sandbox finds nothing that is not named.
      permissions: { network: 'restricted' },
      timeout: '90s',
      prompt: scripted(turns),
      ...more,
    }
    const limits = this.budget === null ? {} : { constraints: { budget: { max_usd: this.budget } } }
    this.project.write('plan.yaml', `${JSON.stringify({ name: 'real', ...limits, steps: [step] })}\n`)
    this.server.forget()
  }

  async run(): Promise<{ readonly response: Response; readonly step: Response['steps'][number]; readonly ms: number }> {
    const from = performance.now()
    const response = (await this.project.json('run', 'plan.yaml')) as Response
    const [step] = response.steps
    if (step === undefined) throw new Error(JSON.stringify(response))
    return { response, step, ms: Math.round(performance.now() - from) }
  }

  /** How the first attempt of a run ends, which is cancelled then. */
  async firstEnd(): Promise<{
    readonly result: Pick<Response['steps'][number], 'outcome' | 'cause'>
    readonly ms: number
  }> {
    const from = performance.now()
    const { child, ended } = this.project.start(['run', 'plan.yaml', '--json'])
    const lines = createInterface({ input: child.stdout! })
    for await (const line of lines) {
      const { type, result } = JSON.parse(line)
      if (type !== 'attempt_finished') continue
      const ms = Math.round(performance.now() - from)
      child.kill('SIGINT')
      await ended
      return { result, ms }
    }
    throw new Error(`no attempt ended: ${(await ended).stderr}`)
  }

  /** Whether the tokens of a step are those that the service has told. */
  tokensAreExact({ usage }: Response['steps'][number]): boolean {
    const { input, output } = this.server.tokens
    return usage?.input_tokens === input && usage.output_tokens === output
  }

  /** Whether a step cost what the tokens that the service has told cost by list. */
  costIsExact({ cost_usd: cost }: Response['steps'][number]): boolean {
    const { input, cached, output } = this.server.tokens
    const { input_per_million, output_per_million, cache_read_per_million } = prices
    const millionths =
      (input - cached) * input_per_million + cached * cache_read_per_million + output * output_per_million
    return cost !== null && Math.abs(cost * 1e6 - millionths) < 1e-3
  }

  async nothingIsLeft(what: string): Promise<void> {
    await until('its processes have ended', () => this.project.processes().length === 0)
    check(`${this.agent.name}: nothing is left running ${what}`, this.project.processes().length === 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.project[Symbol.asyncDispose]()
    await this.server[Symbol.asyncDispose]()
  }
}
