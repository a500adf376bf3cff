import type { Json, JsonObject } from '../../src/base/json.ts'

/** What a model does in one turn, instead of thinking. */
export type Turn =
  | { readonly do: 'write'; readonly file: string; readonly text: string }
  | { readonly do: 'shell'; readonly command: string }
  | { readonly do: 'answer'; readonly value: Json }
  | { readonly do: 'say'; readonly text: string }

/** Tokens that a reply tells of; the server adds them up, so that a test can compare them with what orchd says. */
export type Tokens = { readonly input: number; readonly cached: number; readonly output: number }

/** One reply: the events of its stream, by name. */
export type Reply = readonly (readonly [event: string, data: JsonObject])[]
