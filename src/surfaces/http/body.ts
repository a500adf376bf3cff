import type { Context } from 'hono'
import { OrchdError } from '../../base/errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'

const mebibyte = 1024 * 1024
/** A plan's text, a plan that one of our own commands has checked already, and everything else. */
export const limits = { planBytes: mebibyte, submissionBytes: 64 * mebibyte, answerBytes: 64 * 1024 } as const

/** The whole body. @throws OrchdError SIZE_LIMIT as soon as it is known to be longer than `most` */
export async function bytesOf(context: Context, most: number): Promise<Uint8Array> {
  const tooLarge = (): OrchdError => new OrchdError('SIZE_LIMIT', `the body is larger than ${most} bytes`)
  if (Number(context.req.header('content-length') ?? 0) > most) throw tooLarge()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of context.req.raw.body ?? []) {
    size += chunk.byteLength
    if (size > most) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/**
 * A JSON object; no body at all is an empty one.
 *
 * @param known the keys that it may have; `null`: any
 * @throws OrchdError SIZE_LIMIT, USAGE
 */
export async function objectOf(
  context: Context,
  most: number,
  known: readonly string[] | null = null,
): Promise<JsonObject> {
  const bytes = await bytesOf(context, most)
  if (bytes.byteLength === 0) return {}
  const value = parsed(bytes)
  if (!isJsonObject(value)) throw new OrchdError('USAGE', 'the body must be a JSON object')
  const stranger = known === null ? undefined : Object.keys(value).find((key) => !known.includes(key))
  if (stranger === undefined) return value
  throw new OrchdError('USAGE', `the body has "${stranger}", but only ${known?.join(', ')} are known`)
}

function parsed(bytes: Uint8Array): Json {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new OrchdError('USAGE', 'the body is not JSON', { cause })
  }
}

/** A text of the body, `null` when it is not there. @throws OrchdError USAGE, SIZE_LIMIT */
export function textIn(body: JsonObject, name: string, longest: number): string | null {
  const value = body[name] ?? null
  if (value !== null && (typeof value !== 'string' || value === '')) {
    throw new OrchdError('USAGE', `"${name}" must be a text, not empty, or null`)
  }
  if (value !== null && value.length > longest) {
    throw new OrchdError('SIZE_LIMIT', `"${name}" has more than ${longest} characters`)
  }
  return value
}

/** True or false, false when it is not there. @throws OrchdError USAGE */
export function flagIn(body: JsonObject, name: string): boolean {
  const value = body[name] ?? false
  if (typeof value !== 'boolean') throw new OrchdError('USAGE', `"${name}" must be true or false`)
  return value
}

/** One of the words. @throws OrchdError USAGE */
export function wordIn<Word extends string>(body: JsonObject, name: string, words: readonly Word[]): Word {
  const word = words.find((candidate) => candidate === body[name])
  if (word === undefined) throw new OrchdError('USAGE', `"${name}" must be one of ${words.join(', ')}`)
  return word
}
