import type { Diagnostic } from '../../base/diagnostic.ts'
import type { HolderInfo } from '../../ports/client.ts'
import type { SandboxAvailability } from '../../ports/sandbox.ts'

/** What is known before anything is tried; put together where the configuration is at hand. Values of secrets are not in it. */
export type Known = {
  readonly version: string
  /** The oldest Node.js that runs orchd, as in package.json: `24.12`. */
  readonly nodeNeeded: string
  readonly projectFolder: string
  /** Where programs are looked for. */
  readonly path: string
  readonly stateFolder: string
  readonly inbox: string
  /** Who holds the state folder; `null`: nobody answers. */
  readonly holder: { readonly kind: HolderInfo['kind']; readonly pid: number; readonly version: string } | null
  readonly configFile: { readonly path: string; readonly isThere: boolean }
  /** Mistakes of the configuration and of the environment. */
  readonly diagnostics: readonly Diagnostic[]
  readonly settings: readonly SettingFact[]
  readonly agents: readonly AgentFact[]
  /** Known secrets by name, and whether the environment has them. */
  readonly secrets: readonly { readonly name: string; readonly isSet: boolean }[]
  /** Where spans are posted; `null`: tracing is off. */
  readonly tracesUrl: string | null
  /** The file of the compiled launcher; `null`: steps are started by the one in Perl. */
  readonly compiledLauncher: string | null
  readonly sandbox: SandboxAvailability
  readonly diskLowBytes: number
  readonly diskCriticalBytes: number
}

/** One setting as people see it: `origin` is `default`, `file:line` or the name of a variable. */
export type SettingFact = { readonly name: string; readonly value: string; readonly origin: string }

export type AgentFact = {
  readonly name: string
  readonly type: string
  readonly status: string
  readonly blocker: string | null
  /** Variables that its connection names and the environment does not have. */
  readonly missing: readonly string[]
  /** Why it could not begin a step here and now; `null`: nothing is known to be missing. */
  readonly problem: { readonly message: string; readonly help: string } | null
}

/** What trying gave. A tool that is not there is `null`; a text is the first line that it printed. */
export type Probed = {
  readonly platform: string
  readonly node: string
  readonly git: string | null
  readonly perl: string | null
  /** Whether the compiled launcher runs here; `null` when there is none. */
  readonly launcherRuns: boolean | null
  readonly sh: string | null
  readonly bash: string | null
  readonly stateProbe: FolderProbe
  readonly inboxProbe: FolderProbe
  /** Soft limit of open files; `null`: unknown. */
  readonly openFiles: number | null
  /** Whether somebody listens where spans go; `null` when tracing is off. */
  readonly collectorListens: boolean | null
}

export type FolderProbe = {
  readonly isThere: boolean
  readonly isFolder: boolean
  readonly isWritable: boolean
  readonly isOurs: boolean
  /** Permission bits, 0 when it is not there. */
  readonly mode: number
  /** Free space of its disk (of the nearest folder above, while it is not there). */
  readonly freeBytes: number | null
}

export type Facts = Known & Probed
