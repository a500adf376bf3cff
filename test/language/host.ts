import { globSync, mkdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Ended, Project, until } from '../../demo/support/orchd.ts'
import { ask } from '../http/raw.ts'
import { lives } from '../agents/rig.ts'

/** The registry and the secrets that every case finds. */
const config = `agents:
  writer: { type: simulated, status: active, capabilities: [writing, documentation] }
  reviewer: { type: simulated, status: active, capabilities: [reviewing, review] }
  claude_code:
    type: mcp_native
    status: active
    capabilities: [complex_reasoning]
    connection: { method: mcp_spawn, config: { command: claude } }
`
const secrets = { DEPLOY_TOKEN: 'a-deploy-token-of-some-length', NPM_TOKEN: 'an-npm-token-of-some-length' }

/** A daemon of the built program, and for each case a project folder that it serves. */
export class Host implements AsyncDisposable {
  readonly #project: Project
  #daemon: Awaited<ReturnType<Project['daemon']>> | null = null

  constructor(slots: number) {
    this.#project = new Project({ ...secrets, MAX_PARALLEL_AGENTS: String(slots), ORCHD_SIMULATE_SPEED: '50' })
    this.#project.write('orchestrator_config.yaml', config)
  }

  async start(): Promise<this> {
    this.#daemon = await this.#project.daemon()
    return this
  }

  path(...names: string[]): string {
    return this.#project.path(...names)
  }

  /** A project folder with these files. */
  open(folder: string, files: { readonly [path: string]: string }): void {
    for (const [path, text] of Object.entries({ 'orchestrator_config.yaml': config, ...files })) {
      mkdirSync(dirname(this.path(folder, path)), { recursive: true })
      writeFileSync(this.path(folder, path), text)
    }
  }

  /** Starts `orchd` in a project folder, for this daemon. */
  orchd(folder: string, args: readonly string[]): ReturnType<Project['start']> {
    const [command = '', ...rest] = args
    const needsDaemon = command !== 'validate'
    return this.#project.start([command, ...(needsDaemon ? ['--state', this.path('.orchd')] : []), ...rest], {}, folder)
  }

  async get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    return ask(this.path('.orchd/orchd.sock'), `/api/v1${path}`)
  }

  /** Whether the raw output of a step's attempt has something in it. */
  hasPrinted(step: string): boolean {
    const outputs = globSync(`.orchd/runs/*/${step}/*/output.raw`, { cwd: this.path() })
    return outputs.some((file) => statSync(this.path(file)).size > 0)
  }

  /** `kill -9` of the daemon, and of the processes of its steps if `all`; then another daemon starts. */
  async crash(all: boolean): Promise<Ended | undefined> {
    const launchers = globSync('.orchd/runs/*/*/*/claim', { cwd: this.path() }).map((claim) =>
      Number(readlinkSync(this.path(claim)).split(' ')[0]),
    )
    this.#daemon?.child.kill('SIGKILL')
    const ended = await this.#daemon?.ended
    if (all) {
      const processes = [...new Set(launchers), ...this.#project.processes()].filter(lives)
      for (const pid of processes) process.kill(pid, 'SIGKILL')
      await until('the processes of the steps are gone', () => !processes.some(lives))
    }
    await this.start()
    return ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#daemon?.child.kill('SIGTERM')
    await this.#daemon?.ended
    await this.#project[Symbol.asyncDispose]()
  }
}
