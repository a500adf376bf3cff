import type { Context } from 'hono'
import { OrchdError } from '../../base/errors.ts'
import { isJsonObject, type JsonObject } from '../../base/json.ts'

const mebibyte = 1024 * 1024
/** A plan's text, and a plan that one of our own commands has checked already. */
export const limits = { planBytes: mebibyte, submissionBytes: 64 * mebibyte, answerBytes: 64 * 1024 } as const

/** The whole body. @throws OrchdError SIZE_LIMIT as soon as it is longer than `most` */
export async function bytesOf(context: Context, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of context.req.raw.body ?? []) {
    size += chunk.byteLength
    if (size > most) throw new OrchdError('SIZE_LIMIT', `the body is larger than ${most} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** A JSON object. @throws OrchdError SIZE_LIMIT, USAGE */
export async function objectOf(context: Context, most: number): Promise<JsonObject> {
  const bytes = await bytesOf(context, most)
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (isJsonObject(value)) return value
  } catch (cause) {
    throw new OrchdError('USAGE', 'the body is not JSON', { cause })
  }
  throw new OrchdError('USAGE', 'the body must be a JSON object')
}

/** A text of the body, or the default. @throws OrchdError USAGE when it is there and no text, or missing without a default */
export function textIn(body: JsonObject, name: string, otherwise?: string | null): string | null {
  const value = body[name] ?? otherwise
  if (value === undefined || (value !== null && typeof value !== 'string')) {
    throw new OrchdError('USAGE', `"${name}" must be a text`)
  }
  return value
}

/** One of the words. @throws OrchdError USAGE */
export function wordIn<Word extends string>(body: JsonObject, name: string, words: readonly Word[]): Word {
  const word = words.find((candidate) => candidate === body[name])
  if (word === undefined) throw new OrchdError('USAGE', `"${name}" must be one of ${words.join(', ')}`)
  return word
}
