import type { JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import type { PermissionWords } from '../../plan/plan.ts'
import type { Attempt } from '../../ports/agent.ts'
import type { AgentEvent, LineParser } from '../events.ts'

/** In the attempt's folder: what the agent is to do. */
export const promptName = 'prompt'

/** A headless agent of the registry: what is started, and with what. All texts are as they will be used. */
export type CliAgent = {
  readonly name: string
  readonly protocol: Protocol
  /** The program and its first words; a name without a slash is looked for on PATH. Empty: a driver that starts none. */
  readonly command: readonly string[]
  /** More arguments, behind those of the protocol. */
  readonly args: readonly string[]
  /** What stands in the place of some arguments of the protocol, for builds that do not know them. */
  readonly flags: readonly string[] | null
  /** Beside what the protocol sets; `null` takes a variable away. */
  readonly env: { readonly [name: string]: string | null }
  /** The key of its service, under the name of the variable that takes it; `null`: the person's own login. */
  readonly key: readonly [name: string, value: string] | null
  readonly baseUrl: string | null
  /** The registry's list prices, for what it does not tell of its cost. */
  readonly price: JsonObject | null
  /** Hosts of its service beside those that the protocol knows, with a port or at 80 and 443. */
  readonly serviceHosts: readonly string[]
  /** Files and folders that it needs beside its program, in a sandbox too: to read, and to change. */
  readonly visible: readonly string[]
  readonly writable: readonly string[]
  readonly permissions: PermissionWords
}

/** How one kind of agent is spoken with. */
export type Protocol = {
  /** Names of its program, the first that is found counts. */
  readonly programs: readonly string[]
  /** How a person gets the program. */
  readonly install: string
  /** `null`: it has no key that is known here. */
  readonly key: KeyRule | null
  /** The options of a step's `with` that it knows. */
  readonly options: readonly string[]
  /** Its private home, one for all attempts of a step; `null`: it needs none. */
  readonly home: Home | null
  /**
   * The file of our own program that speaks a two-way protocol with the agent: it is started with the agent's command as
   * its arguments, and its standard input is its task; `null`: the agent itself is started.
   */
  readonly driver: string | null
  /** Why it cannot do its work with these permissions, in words; absent: it works with any. */
  readonly refuses?: (permissions: PermissionWords) => string | null
  /** How a later attempt goes on in its session; `null`: it cannot. */
  readonly sessions: Sessions | null
  /** How a person goes on in a session of it, at a terminal; `null`: there is no way that is known. */
  readonly resume: ((session: string, agent: CliAgent) => Resume) | null
  /** Where its service is, for a network that is restricted to it. */
  readonly service: Service
  /**
   * What to execute for an attempt, or why its options are not usable. `confined`: in a sandbox of ours, in which no
   * other one starts; `agent.permissions` has every word then. `attempt.session` is there to go on in.
   */
  launch(attempt: Attempt, agent: CliAgent, home: string, confined: boolean): Result<Launch, string>
  readonly parse: LineParser
  /** Variables that have it send spans of its own to an OTLP/HTTP receiver, below the span of TRACEPARENT; absent: it cannot. */
  readonly tracesTo?: (endpoint: string) => { readonly [name: string]: string }
  /** That it never tells what it costs; absent: it does. */
  readonly tellsNoCost?: true
  /** Whether its lines tell of its work as it goes on; else they are for people, or make one object together. */
  readonly isStream: boolean
  /** Events that only the whole output (its last megabyte) and the exit tell; `null`: its stream has an end of its own. */
  readonly atExit: ((output: string, exitCode: number | null) => readonly AgentEvent[]) | null
}

/** Where the key of an agent's service comes from. */
export type KeyRule = {
  /** Variables of the holder that may hold it, the first that is set counts. */
  readonly from: readonly string[]
  /** The variable under which the agent takes it. */
  variableFor(name: string | null, value: string): string
  /** How a person gets it, or does without. */
  readonly help: string
}

export type Service = {
  /** With a port or at 80 and 443; `*.example.com` for all below it. */
  readonly hosts: readonly string[]
  /** The variable that may name another address in their place; `null`: there is none. */
  readonly variable: string | null
}

export type Home = {
  /** The variable that tells the agent where its home is. */
  readonly variable: string
  /** Where a person's own home is, in the person's HOME, unless the same variable says so. */
  readonly usual: string
  /** The file with the person's login: the private home has a link to it, so that it stays one login. */
  readonly login: string
}

export type Sessions = {
  /** The folder in its home that has a file for each, named after it; `null`: it keeps them elsewhere. */
  readonly folder: string | null
  /** What it tells as the sum of a whole session, earlier attempts included. */
  readonly sums: readonly ('usage' | 'cost')[]
}

export type Resume = {
  /** The names of the program, where it is not that of the agent's command. */
  readonly programs?: readonly string[]
  /** Behind the program's own words. No secret is among them. */
  readonly args: readonly string[]
  readonly env: { readonly [name: string]: string }
  /** What has to be in its home, by name, unless there is one already. */
  readonly files?: { readonly [name: string]: string }
}

export type Launch = {
  readonly args: readonly string[]
  /** What it is to do, as the file `prompt` in the attempt's folder has it. */
  readonly prompt: string
  /** Whether that file is its standard input; else there is nothing to read. */
  readonly stdin: boolean
  /** `null` takes a variable away. */
  readonly env: { readonly [name: string]: string | null }
  /** Files in its private home, by name. */
  readonly files: { readonly [name: string]: string }
  /** Empty folders in its private home. */
  readonly folders: readonly string[]
}
