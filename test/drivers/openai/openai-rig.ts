import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../../../src/agents/find-program.ts'
import { openAiProtocol } from '../../../src/agents/openai/protocol.ts'
import type { JsonObject } from '../../../src/base/json.ts'
import type { PermissionWords } from '../../../src/plan/plan.ts'
import type { Attempt } from '../../../src/ports/agent.ts'
import type { AttemptResult } from '../../../src/run/attempt-result.ts'
import { createSandbox } from '../../../src/sandbox/sandbox.ts'
import type { AttemptSketch } from '../../agents/attempt.ts'
import { cliRig, type CliRig } from '../../agents/cli-rig.ts'
import { plainEnv } from '../../agents/rig.ts'
import { type Reply, ResponsesServer } from './responses-server.ts'

export const key = 'sk-a-secret-key'
const allowed: PermissionWords = { shell_commands: 'allowed' }

export type Made = AsyncDisposable & {
  readonly rig: CliRig
  readonly server: ResponsesServer
  readonly project: string
}

/** The real driver with the real `openai` package, against a service on loopback. */
export async function made(
  replies: readonly Reply[],
  how: { readonly config?: JsonObject; readonly permissions?: PermissionWords; readonly commandMs?: number } = {},
): Promise<Made> {
  const server = new ResponsesServer(...replies)
  const protocol = openAiProtocol({ max_retries: 2, ...how.config }, how.commandMs ?? 60_000)
  if (!protocol.ok) throw new Error(protocol.error)
  // Made when the rig has its folder: the sandbox must know it.
  let sandbox: ReturnType<typeof createSandbox> | null = null
  const rig = cliRig({
    protocol: protocol.value,
    secretValues: [key],
    sandbox: { availability: () => sandbox!.availability(), wrap: (request) => sandbox!.wrap(request) },
    agent: {
      command: [],
      baseUrl: await server.listen(),
      key: ['OPENAI_API_KEY', key],
      permissions: how.permissions ?? allowed,
    },
  })
  const project = join(rig.folder, 'project')
  mkdirSync(project)
  sandbox = createSandbox({
    stateFolder: join(rig.folder, 'runs'),
    inbox: join(project, 'inbox'),
    configFile: join(project, 'orchestrator_config.yaml'),
    baseEnv: plainEnv(),
    find: (name) => findProgram(name, process.env['PATH']),
    home: homedir(),
  })
  return {
    rig,
    server,
    project,
    async [Symbol.asyncDispose]() {
      await rig[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

export const attempt = ({ rig, project }: Made, sketch: Partial<AttemptSketch> = {}): Attempt =>
  rig.attempt({}, { ...sketch, rest: { root: project, workingDirectory: project, ...sketch.rest } })
export const run = (all: Made, sketch: Partial<AttemptSketch> = {}): Promise<AttemptResult> =>
  all.rig.run(attempt(all, sketch))
export const log = ({ rig }: Made): string => {
  const folder = join(rig.folder, 'runs', rig.folder.split('/').at(-1) ?? '', 'one', '1')
  return ['output.log', 'output.raw']
    .map((name) => join(folder, name))
    .filter(existsSync)
    .map((file) => readFileSync(file, 'utf8'))
    .join('')
}
export const inputOf = (server: ResponsesServer, at: number): JsonObject[] =>
  server.requests[at]!['input'] as unknown as JsonObject[]
export const once = {
  inputTokens: 1000,
  outputTokens: 20,
  cacheReadTokens: 300,
  cacheWriteTokens: 50,
  reasoningTokens: 7,
}
export const times = (count: number): object =>
  Object.fromEntries(Object.entries(once).map(([name, tokens]) => [name, tokens * count]))
