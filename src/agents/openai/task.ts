import type { JsonObject } from '../../base/json.ts'

/**
 * What the driver of OpenAI's API is to do. Its arguments are the command line that confines a command, or nothing, and
 * the key comes in the environment.
 */
export type OpenAiTask = {
  readonly prompt: string
  /** The last response of the session to go on in, with what is said when it is not there any more; `null`: a new one. */
  readonly session: { readonly responseId: string; readonly promptAfresh: string } | null
  /** Absolute path of the folder in which commands begin, and which patches do not leave. */
  readonly folder: string
  readonly model: string
  /** `null`: OpenAI's own. */
  readonly baseUrl: string | null
  readonly schema: JsonObject | null
  /** What the model may do. */
  readonly may: { readonly shell: boolean; readonly patch: boolean }
  /** `functions`: as functions of ours, for services that do not know OpenAI's own tools. */
  readonly tools: 'native' | 'functions'
  /** Whether the service keeps responses, so that a request needs only what is new. */
  readonly store: boolean
  readonly reasoningEffort: string | null
  readonly maxTurns: number
  readonly maxRetries: number
  /** For one command. */
  readonly commandTimeoutMs: number
  /** The longest silence of the service in the middle of a response. */
  readonly idleTimeoutMs: number
  readonly traceparent: string | null
}

/** The variable that has the key. */
export const keyVariable = 'OPENAI_API_KEY'
