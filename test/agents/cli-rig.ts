import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { CliAgent, Protocol } from '../../src/agents/cli/agent.ts'
import { createCli, type CliOptions } from '../../src/agents/cli.ts'
import { formatIdentity, processIdentity } from '../../src/agents/process/identity.ts'
import type { ClosableAdapter } from '../../src/agents/shell.ts'
import { err, ok } from '../../src/base/result.ts'
import type { Attempt } from '../../src/ports/agent.ts'
import type { AttemptResult } from '../../src/run/attempt-result.ts'
import { attemptOf, type AttemptSketch } from './attempt.ts'
import { launcher, plainEnv, readOr, runOn } from './rig.ts'

/** A state folder of its own and the real adapter of headless agents over it; the agents are stand-ins. */
export type CliRig = AsyncDisposable & {
  readonly folder: string
  readonly cli: ClosableAdapter
  /** @param script what the stand-in does, see test/fixtures/bin/stand-in-agent.ts */
  attempt(script: object, sketch?: Partial<AttemptSketch>): Attempt
  run(attempt: Attempt): Promise<AttemptResult>
  /** The text of a file in the folder in which agents work, or `null`. */
  file(name: string): string | null
  /** What the stand-in was started with. */
  started(): { args: string[]; stdin: string; env: Record<string, string>; pid: number; cwd: string }
}

export const standIn = (agent: string): readonly string[] => [
  process.execPath,
  resolve('test/fixtures/bin/stand-in-agent.ts'),
  agent,
]

type RigOptions = Partial<CliOptions> & { readonly protocol: Protocol; readonly agent?: Partial<CliAgent> }

export function cliRig({ protocol, agent = {}, ...options }: RigOptions): CliRig {
  const folder = mkdtempSync(join(tmpdir(), 'orchd-cli-'))
  writeFileSync(join(folder, 'holder'), `${formatIdentity(processIdentity(process.pid)!)}\n`)
  const named: CliAgent = {
    name: 'stand_in',
    protocol,
    command: standIn(protocol.programs[0]!),
    args: [],
    flags: null,
    env: {},
    key: null,
    baseUrl: null,
    serviceHosts: [],
    visible: [],
    writable: [],
    permissions: {},
    price: null,
    ...agent,
  }
  const cli = createCli({
    stateFolder: folder,
    baseEnv: plainEnv(),
    secretValues: [],
    graceMs: 300,
    lingerMs: 200,
    ...launcher(),
    agentNamed: (name) => (name === named.name ? ok(named) : err('the registry has no such agent')),
    ...options,
  })
  const begun: Attempt[] = []
  return {
    folder,
    cli,
    attempt(script, sketch = {}) {
      const prompt = JSON.stringify(script)
      return attemptOf({
        stateFolder: folder,
        ...sketch,
        spec: { body: { kind: 'prompt', prompt }, agent: named.name, ...sketch.spec },
        rest: { agent: named.name, prompt, ...sketch.rest },
      })
    },
    run(attempt) {
      begun.push(attempt)
      return runOn(cli, attempt)
    },
    file: (name) => readOr(join(folder, name)),
    started: () => JSON.parse(readOr(join(folder, 'stand-in.json')) ?? 'null'),
    async [Symbol.asyncDispose]() {
      for (const attempt of begun) cli.stop(attempt, 'killed')
      await cli.close()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
