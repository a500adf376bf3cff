import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CliAgent } from '../../../src/agents/cli/agent.ts'
import { createCli } from '../../../src/agents/cli.ts'
import { customProtocol } from '../../../src/agents/custom/protocol.ts'
import { formatIdentity, processIdentity } from '../../../src/agents/process/identity.ts'
import { type ClosableAdapter, createShell } from '../../../src/agents/shell.ts'
import { findProgram } from '../../../src/agents/find-program.ts'
import { createVerify } from '../../../src/agents/verify/verify.ts'
import { ok } from '../../../src/base/result.ts'
import type { Step } from '../../../src/plan/plan.ts'
import type { Attachment, Attempt } from '../../../src/ports/agent.ts'
import type { AttemptResult } from '../../../src/run/attempt-result.ts'
import { createSandbox } from '../../../src/sandbox/sandbox.ts'
import { attemptOf } from '../attempt.ts'
import { launcher, plainEnv, readOr } from '../rig.ts'

/**
 * Notes its prompt and its arguments, does what the script of its round says, and tells what a session of its own used.
 * Its rounds are counted in the folder in which it works.
 */
const agentScript = `n=$(($(cat n 2>/dev/null || echo 0) + 1)); echo $n > n
cp "$1" prompt.$n; shift; echo "$*" > args.$n
if [ -f act.$n ]; then . ./act.$n; fi
echo '{"session":"s-1","text":"round '$n'","usage":{"in":'$n'00,"out":'$n'0},"cost":0.'$n'}'
`
const fields = {
  session: 'session',
  text: 'text',
  error: 'error',
  input_tokens: 'usage.in',
  output_tokens: 'usage.out',
  cost_usd: 'cost',
}

type Parts = {
  readonly cli: ClosableAdapter
  readonly shell: ClosableAdapter
  readonly verify: ReturnType<typeof createVerify>
}

/** A holder of a state folder in which an agent of one's own works, and is checked. */
export class VerifyRig implements AsyncDisposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'orchd-verify-'))
  readonly #resumes: boolean
  #parts: Parts

  constructor({ resumes = true } = {}) {
    this.#resumes = resumes
    this.#parts = this.#open()
    writeFileSync(join(this.folder, 'holder'), `${formatIdentity(processIdentity(process.pid)!)}\n`)
    this.write('agent.sh', agentScript)
  }

  #open(): Parts {
    const stateFolder = this.folder
    const resume = this.#resumes ? [['--resume', '{session}']] : []
    const config = { command: 'sh', args: ['{prompt_file}', ...resume], output: 'json', fields }
    const protocol = customProtocol(config)
    if (!protocol.ok) throw new Error(protocol.error)
    const agent: CliAgent = {
      name: 'mine',
      protocol: protocol.value,
      command: ['/bin/sh', join(this.folder, 'agent.sh')],
      args: [],
      flags: null,
      env: {},
      key: null,
      baseUrl: null,
      price: null,
      serviceHosts: [],
      visible: [join(this.folder, 'tools')],
      writable: [],
      permissions: {},
    }
    const common = { stateFolder, baseEnv: plainEnv(), secretValues: ['a-secret-word'], graceMs: 300, ...launcher() }
    const sandbox = createSandbox({
      stateFolder: join(stateFolder, 'runs'),
      inbox: join(stateFolder, 'inbox'),
      configFile: join(stateFolder, 'orchestrator_config.yaml'),
      baseEnv: common.baseEnv,
      find: (name) => findProgram(name, process.env['PATH']),
      home: homedir(),
    })
    const cli = createCli({ ...common, sandbox, agentNamed: () => ok(agent) })
    const shell = createShell({ ...common, sandbox })
    const verify = createVerify({
      agents: cli,
      shell,
      stateFolder,
      baseEnv: common.baseEnv,
      agentNamed: () => agent,
      secretValues: common.secretValues,
      now: Date.now,
    })
    return { cli, shell, verify }
  }

  get verify(): Parts['verify'] {
    return this.#parts.verify
  }

  attempt(verify: Step['verify'], spec: Partial<Step> = {}, rest: Partial<Attempt> = {}): Attempt {
    return attemptOf({
      stateFolder: this.folder,
      spec: {
        body: { kind: 'prompt', prompt: 'Do it.' },
        agent: 'mine',
        ...(verify === undefined ? {} : { verify }),
        ...spec,
      },
      rest: { agent: 'mine', prompt: 'Do it.', ...rest },
    })
  }

  run(attempt: Attempt): Promise<AttemptResult> {
    return new Promise((resolve) => this.verify.start(attempt, resolve))
  }

  /** The holder ends, and another takes its place. What runs goes on. */
  async replaced(): Promise<void> {
    await this.#close()
    this.#parts = this.#open()
  }

  async attach(attempt: Attempt): Promise<{ readonly found: Attachment; readonly ended: Promise<AttemptResult> }> {
    const { promise, resolve } = Promise.withResolvers<AttemptResult>()
    return { found: await this.verify.attach(attempt, resolve), ended: promise }
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text)
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8')
  }

  has(name: string): boolean {
    return existsSync(join(this.folder, name))
  }

  file(attempt: Attempt, name: string): string | null {
    return readOr(join(attempt.folder, name))
  }

  async #close(): Promise<void> {
    const { verify, cli, shell } = this.#parts
    await verify.close()
    await Promise.all([cli.close(), shell.close()])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
