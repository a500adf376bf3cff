import type { JsonObject } from '../../base/json.ts'

/** What the driver of an agent that speaks ACP is to do; it gets the agent's command as its arguments. */
export type AcpTask = {
  readonly prompt: string
  /** The session in which it goes on; `null`: a new one. */
  readonly session: string | null
  /** Absolute path of the folder in which it works. */
  readonly folder: string
  /** A mode of the agent's, by its id; `null`: the one it begins with. */
  readonly mode: string | null
  readonly model: string | null
  /** What the agent is told beside the protocol when a session begins. */
  readonly meta: JsonObject | null
  /** A way to log in that the agent offers, by its id; `null`: it is logged in. */
  readonly authMethod: string | null
  /** How long it may take until it has a session. */
  readonly startTimeoutMs: number
  readonly permissions: AcpPermissions
}

/** The words of the registry, each as it stands there. */
export type AcpPermissions = {
  readonly fileSystem: string
  readonly shellCommands: string
  readonly network: string
}
