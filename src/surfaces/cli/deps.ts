import type { Readable, Writable } from 'node:stream'
import type { Diagnostic } from '../../base/diagnostic.ts'
import type { JsonObject } from '../../base/json.ts'
import type { PolicyAgent } from '../../plan/dispatch-policy.ts'
import type { Plan } from '../../plan/plan.ts'
import type { MadeOfRequest } from '../../plan/request/analysis.ts'
import type { AgentReport, AgentsQuery } from '../../ports/agents.ts'
import type { Client, OpenedStep } from '../../ports/client.ts'
import type { Names } from '../complete/candidates.ts'
import type { PlanSource, Simulate } from '../../run/event.ts'
import type { ReadableLines } from './view/readable.ts'

/** What the commands need from the rest of orchd; `main.ts` is where it is put together. */
export type CliDeps = Terminal & {
  readonly version: string
  readonly env: { readonly [name: string]: string | undefined }
  readonly cwd: string
  /** Where orchd itself is installed: the folder of its `package.json`, with `plans/` in it. */
  readonly packageFolder: string
  /**
   * Joins the state folder's holder, or becomes it.
   *
   * @throws OrchdError HOLDER_UNREACHABLE when there is none and `mayHold` and `detach` are false; STATE_BUSY,
   * HOLDER_VERSION, ... as they come
   */
  connect(options: ConnectOptions): Promise<Connection>
  /**
   * Reads and checks one plan file; `-` is standard input. Mistakes of the plan and of the inputs are diagnostics.
   *
   * @throws OrchdError FILE_UNREADABLE
   */
  validateFile(path: string, options: ValidateOptions): Promise<ValidatedFile>
  /**
   * Reads a request, makes a plan of it and checks that, too; `-` is standard input. All diagnostics have their places in
   * the request.
   *
   * @throws OrchdError FILE_UNREADABLE
   */
  checkRequest(path: string, options: Omit<ValidateOptions, 'inputs'>): Promise<CheckedRequest>
  /** `orchd daemon`, until it has ended; its exit code. Handles its own signals. */
  daemon(options: { readonly state: string | null; readonly exitWhenIdle: boolean }): Promise<number>
  /** Makes the log of an agent's steps readable for people; `null`: it is as it is. */
  readable(agent: string): Promise<ReadableLines | null>
  /** Makes the session of an agent ready for a person; `null`: nothing can be started here that would go on in it. */
  readySession(agent: string, session: NonNullable<OpenedStep['session']>): Promise<ReadySession | null>
  /**
   * The agents of the registry and those that need no entry in it, as the holder of the state folder sees them, else as a
   * run started here would find them. @throws OrchdError USAGE for a name that no agent has
   */
  agents(query: AgentsQuery & { readonly state: string | null }): Promise<readonly AgentReport[]>
  doctor(options: { readonly state: string | null }): Promise<DoctorReport>
  /** What can be named on a command line, for the shell's completion; starts nothing. */
  names(options: { readonly state: string | null }): Names
  /** What `orchd explain CODE` tells, by code: the diagnostics of plans and configuration. Our own errors need not be in it. */
  diagnosticCatalogue(): Promise<{ readonly [code: string]: string }>
  /** One diagnostic with its source line and a caret range, several lines without a final newline. */
  renderDiagnostic(diagnostic: Diagnostic, text: string, options: { readonly color: boolean }): Promise<string>
}

export type ReadySession = {
  /** No secret is among its words. */
  readonly command: readonly string[]
  /** What the command needs of its environment, secrets among it; `null` takes a variable away. */
  readonly env: { readonly [name: string]: string | null }
  /** Of that, what may be shown. */
  readonly shown: { readonly [name: string]: string }
  /** When the person has left: a login that was renewed goes back where it was. */
  end(): void
}

/** The process's own streams. Data goes to `stdout`, everything else to `stderr`. */
export type Terminal = {
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
}

export type Input = Readable & { readonly isTTY?: boolean; setRawMode?(on: boolean): unknown }
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }

export type ConnectOptions = {
  /** `--state DIR`, relative to `cwd`; `null`: `.orchd` in the project folder. */
  readonly state: string | null
  /** Where the project folder is looked for; default: the CLI's own `cwd`. */
  readonly cwd?: string
  /** Become the holder in this process when there is none. */
  readonly mayHold: boolean
  /** Only to look: when this process becomes the holder, it starts no step and ends none. */
  readonly readOnly?: boolean
  /** When there is no holder, start `orchd daemon --exit-when-idle` in the background and join it. */
  readonly detach?: boolean
}

export type Connection = {
  /** Goes over the socket, also when this process is the holder. */
  readonly client: Client
  /** Whether this process is the holder. */
  readonly holding: boolean
  /** Holding: resolves when no run can go on without a person. Otherwise at once. */
  idle(): Promise<void>
  /** Holding: drains (running steps go on, the next holder adopts them) and frees the state folder. May be called twice. */
  close(): Promise<void>
}

export type ValidateOptions = {
  /** Where paths and the project folder are looked for; default: the CLI's own `cwd`. */
  readonly cwd?: string
  /** About to run: what this build cannot do yet is an error, and inputs are checked. */
  readonly forRun: boolean
  readonly simulate: Simulate
  /** `--state DIR`: whose holder will run it. */
  readonly state?: string | null
  /** `--input k=v` as given, still texts. */
  readonly inputs: { readonly [name: string]: string }
}

export type ValidatedFile = {
  /** As diagnostics name it. */
  readonly file: string
  /** `null` when a diagnostic is an error. */
  readonly plan: Plan | null
  /** The inputs, typed and with defaults filled in; empty unless `forRun`. */
  readonly inputs: JsonObject
  readonly source: PlanSource
  readonly diagnostics: readonly Diagnostic[]
  /** The agents as the dispatch policy sees them; empty when no step of the plan asks for one, or it is not to be run. */
  readonly roster: readonly PolicyAgent[]
  readonly text: string
  /** The other files in which diagnostics have their place, by name: sub-plans and prompts. */
  readonly texts: ReadonlyMap<string, string>
}

/** A request, and what it comes to; `null` when a diagnostic is an error. The plan is that of the request. */
export type CheckedRequest = ValidatedFile & { readonly compiled: MadeOfRequest | null }

export type DoctorReport = { readonly text: string; readonly json: JsonObject; readonly exitCode: number }
