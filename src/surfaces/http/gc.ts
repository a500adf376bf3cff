import { Hono } from 'hono'
import { OrchdError } from '../../base/errors.ts'
import type { JsonObject } from '../../base/json.ts'
import type { GcLine, GcWish } from '../../ports/gc.ts'
import { limits, objectOf } from './body.ts'
import type { HttpDeps } from './deps.ts'
import { oneOf, queryOf } from './query.ts'
import type { Streams } from './streams.ts'

const keys = ['older_than_ms', 'keep', 'logs_only', 'dry_run', 'longest_ms']
const usually = { olderThanMs: 30 * 86_400_000, keep: 20 } as const
const mostKept = 1_000_000

/** `POST /gc`: what old runs left is removed, or only told, which is what happens unless `dry_run` is false. */
export function gcRoutes({ collect }: HttpDeps, streams: Streams): Hono {
  return new Hono().post('/', async (context) => {
    queryOf(context, oneOf())
    const wish = wishIn(await objectOf(context, limits.answerBytes, keys))
    return streams.respond(context, 'application/x-ndjson', (signal) => asText(collect(wish, signal)))
  })
}

/** One JSON value a line. What goes wrong on the way is told, so that it does not look like a holder that was lost. */
async function* asText(lines: AsyncIterable<GcLine>): AsyncGenerator<string> {
  try {
    for await (const line of lines) yield `${JSON.stringify(line)}\n`
  } catch (error) {
    if (!(error instanceof OrchdError)) throw error
    const { code, message, help } = error
    yield `${JSON.stringify({ type: 'error', code, message, help })}\n`
  }
}

function wishIn(body: JsonObject): GcWish {
  return {
    older_than_ms: countIn(body, 'older_than_ms', Number.MAX_SAFE_INTEGER) ?? usually.olderThanMs,
    keep: countIn(body, 'keep', mostKept) ?? usually.keep,
    logs_only: truthIn(body, 'logs_only', false),
    dry_run: truthIn(body, 'dry_run', true),
    longest_ms: countIn(body, 'longest_ms', Number.MAX_SAFE_INTEGER),
  }
}

function countIn(body: JsonObject, name: string, most: number): number | null {
  const value = body[name] ?? null
  if (value === null) return null
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value
  throw new OrchdError('USAGE', `"${name}" must be a whole number from 0 to ${most}, or null`)
}

function truthIn(body: JsonObject, name: string, otherwise: boolean): boolean {
  const value = body[name] ?? otherwise
  if (typeof value === 'boolean') return value
  throw new OrchdError('USAGE', `"${name}" must be true or false`)
}
