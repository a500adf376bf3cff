import { join } from 'node:path'
import { err, ok, type Result } from '../../base/result.ts'
import { narrowed, permissionsFrom } from '../../plan/permissions.ts'
import type { Permissions, PermissionWords } from '../../plan/plan.ts'
import type { Attempt } from '../../ports/agent.ts'
import { insideHome, type Sandbox } from '../../ports/sandbox.ts'
import { confineCommand } from '../confine.ts'
import { findProgram } from '../find-program.ts'
import { unlaunchable } from '../shell-environment.ts'
import { type CliAgent, type Launch, promptName } from './agent.ts'
import { agentEnvironment, confinedAgentEnvironment, filesNamedIn } from './environment.ts'
import { programFiles } from './program-files.ts'
import { serviceHosts } from './service-hosts.ts'

type Variables = { readonly [name: string]: string }

export type Launching = {
  readonly stateFolder: string
  /** The holder's environment without secrets. */
  readonly baseEnv: Variables
  readonly sandbox: Sandbox | undefined
  readonly key: string
  /** Where agents may send spans of their own; `null`: nowhere. */
  readonly tracesUrl: string | null
}

/** The process of an attempt, and what its private home has to hold. */
export type Launched = {
  readonly launch: Launch
  /** The whole command line, with an absolute path first. */
  readonly argv: readonly string[]
  readonly env: Variables
}

/** `noSandbox`: it must not run without one. */
export type NotLaunched = { readonly why: string; readonly noSandbox: boolean }

/**
 * What is started for an attempt: in the sandbox that its step asks for, where everything that the agent needs can be seen,
 * or without one. May note in the attempt's folder that there is none.
 */
export function launching(
  attempt: Attempt,
  agent: CliAgent,
  login: string | null,
  how: Launching,
): Result<Launched, NotLaunched> {
  const words = narrowed(agent.permissions, attempt.spec.permissions ?? {})
  if (attempt.spec.confinement !== undefined) {
    const confined = inside(attempt, agent, login, permissionsFrom(words), how)
    if (!confined.ok) return confined
    if (confined.value !== null) return ok(confined.value)
  }
  const baseEnv = agentEnvironment(how.baseEnv)
  const launch = agent.protocol.launch(attempt, { ...agent, permissions: words }, attempt.home, false)
  if (!launch.ok) return err(cannot(launch.error))
  const env = without(environmentOf(attempt, agent, traced(launch.value, agent, how.tracesUrl), baseEnv, how.key))
  const command = commandOf(agent, launch.value, env['PATH'])
  if (!command.ok) return command
  const argv = fed(driven(agent, command.value), attempt, launch.value)
  const problem = argv.map((text) => unlaunchable(text, env)).find((one) => one !== null)
  return problem === undefined ? ok({ launch: launch.value, argv, env }) : err(cannot(problem))
}

/** `null`: the step prefers a sandbox, and none starts. */
function inside(
  attempt: Attempt,
  agent: CliAgent,
  login: string | null,
  own: Permissions,
  { stateFolder, baseEnv, sandbox, key, tracesUrl }: Launching,
): Result<Launched | null, NotLaunched> {
  // A driver that is the agent itself asks its service from outside: neither way nor key is for the commands that it starts.
  const isOwn = agent.protocol.driver !== null && agent.command.length === 0
  const permissions = isOwn ? own : withService(own, agent, baseEnv)
  const works = own.fileSystem === 'none' ? { ...attempt, workingDirectory: insideHome } : attempt
  const launch = agent.protocol.launch(works, { ...agent, permissions: wordsOf(own) }, attempt.home, true)
  if (!launch.ok) return err(cannot(launch.error))
  const base = confinedAgentEnvironment(agentEnvironment(baseEnv), permissions.network === 'allowed')
  // Another network than the machine's own does not reach the receiver, or has no name for it.
  const reachable = permissions.network === 'allowed' ? tracesUrl : null
  const told = traced(launch.value, agent, reachable)
  const env = environmentOf(attempt, isOwn ? { ...agent, key: null } : agent, told, base, key)
  const path = attempt.path ?? baseEnv['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'
  const command = commandOf(agent, launch.value, env['PATH'] ?? path)
  if (!command.ok) return command
  const argv = agent.protocol.driver === null ? fed(command.value, attempt, launch.value) : command.value
  const problem = argv.map((text) => unlaunchable(text, without(env))).find((one) => one !== null)
  if (problem !== undefined) return err(cannot(problem))
  const keepOut = [stateFolder, attempt.root, ...(baseEnv['HOME'] === undefined ? [] : [baseEnv['HOME']])]
  // Only paths of the registry: those in other arguments may come from a model.
  const named = [...agent.command.slice(1), ...agent.args].filter((word) => word.startsWith('/'))
  const files = [...command.value.slice(0, 1), ...named].flatMap((file) =>
    programFiles(file, env['PATH'] ?? path, keepOut),
  )
  const confined = confineCommand(attempt, sandbox, {
    command: argv,
    permissions,
    path,
    env,
    readOnly: [
      join(attempt.folder, promptName),
      ...filesNamedIn(env),
      // What is in the folder of the work is seen there, and as changeable as all else in it.
      ...files.filter((file) => permissions.fileSystem === 'none' || !file.startsWith(`${attempt.root}/`)),
    ],
    writable: [...(agent.protocol.home === null ? [] : [attempt.home]), ...(login === null ? [] : [login])],
    wished: { readOnly: agent.visible, writable: agent.writable },
  })
  if (!confined.ok) return err({ why: confined.error, noSandbox: true })
  if (confined.value === null || agent.protocol.driver === null)
    return ok(confined.value === null ? null : { launch: launch.value, ...confined.value })
  // Variables of the step could have the driver run what an agent wrote, outside (NODE_OPTIONS): they are for inside.
  const bare = { ...attempt, env: {}, secrets: {} }
  const around = isOwn ? without(environmentOf(bare, agent, launch.value, agentEnvironment(baseEnv), key)) : {}
  return ok({
    launch: launch.value,
    argv: fed(driven(agent, confined.value.argv), attempt, launch.value),
    env: { ...around, ...confined.value.env },
  })
}

/** With what has the agent send spans of its own. */
const traced = (launch: Launch, { protocol }: CliAgent, tracesUrl: string | null): Launch =>
  tracesUrl === null || protocol.tracesTo === undefined
    ? launch
    : { ...launch, env: { ...protocol.tracesTo(tracesUrl), ...launch.env } }

/** An agent can do nothing without its service: a network that is closed is open to that. */
function withService(own: Permissions, agent: CliAgent, baseEnv: Variables): Permissions {
  if (own.network === 'allowed') return own
  const hosts = serviceHosts(agent, baseEnv)
  if (own.network === 'none' && hosts.length === 0) return own
  return { ...own, network: 'restricted', hosts: [...(own.network === 'none' ? [] : own.hosts), ...hosts] }
}

const wordsOf = (permissions: Permissions): PermissionWords => ({
  file_system: permissions.fileSystem,
  network: permissions.network,
  hosts: [...permissions.hosts],
  shell_commands: permissions.shellCommands,
  git_operations: permissions.gitOperations,
})

function commandOf(agent: CliAgent, launch: Launch, path: string | undefined): Result<readonly string[], NotLaunched> {
  const [program, ...words] = agent.command
  if (program === undefined && agent.protocol.driver !== null) return ok([])
  const file = findProgram(program ?? '', path)
  return file === null ? err(cannot(`there is no "${program}" on PATH`)) : ok([file, ...words, ...launch.args])
}

/** A driver stays outside of the sandbox: it is our own. What it starts, the agent or the agent's commands, is inside. */
const driven = ({ protocol }: CliAgent, argv: readonly string[]): readonly string[] =>
  protocol.driver === null ? argv : [process.execPath, protocol.driver, ...argv]

/** Standard input is a file at its end sooner or later, or nothing: an open pipe keeps some agents waiting. */
const fed = (argv: readonly string[], { folder }: Attempt, { stdin }: Launch): readonly string[] =>
  stdin ? ['/bin/sh', '-c', 'prompt=$1; shift; exec "$@" <"$prompt"', 'sh', join(folder, promptName), ...argv] : argv

function environmentOf(
  attempt: Attempt,
  agent: CliAgent,
  launch: Launch,
  baseEnv: Variables,
  key: string,
): { readonly [name: string]: string | null } {
  const { home } = agent.protocol
  return {
    ...baseEnv,
    ...(attempt.path === null ? {} : { PATH: attempt.path }),
    ...launch.env,
    ...(agent.key === null ? {} : { [agent.key[0]]: agent.key[1] }),
    ...agent.env,
    ...attempt.env,
    ...attempt.secrets,
    ...(home === null ? {} : { [home.variable]: attempt.home }),
    ORCHD_ATTEMPT_KEY: key,
  }
}

const without = (all: { readonly [name: string]: string | null }): Variables =>
  Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null))

const cannot = (why: string): NotLaunched => ({ why, noSandbox: false })
