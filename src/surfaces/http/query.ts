import type { Context } from 'hono'
import { OrchdError } from '../../base/errors.ts'

export type Query = ReadonlyMap<string, string>

/**
 * The query's values by name. What a route does not know is refused, because a misspelt name would be ignored.
 *
 * @throws OrchdError USAGE for an unknown name, or one that comes twice
 */
export function queryOf(context: Context, isKnown: (name: string) => boolean): Query {
  const query = new Map<string, string>()
  for (const [name, value] of new URL(context.req.url).searchParams) {
    if (!isKnown(name)) throw new OrchdError('USAGE', `${context.req.path} has no query parameter "${name}"`)
    if (query.has(name)) throw new OrchdError('USAGE', `the query parameter "${name}" came twice`)
    query.set(name, value)
  }
  return query
}

export const oneOf =
  (...names: readonly string[]) =>
  (name: string): boolean =>
    names.includes(name)

/** @throws OrchdError USAGE */
export function flagIn(query: Query, name: string, otherwise: boolean): boolean {
  const value = query.get(name)
  if (value === undefined) return otherwise
  if (value === 'true' || value === 'false') return value === 'true'
  throw new OrchdError('USAGE', `"${name}" must be true or false, not "${value}"`)
}

/** A whole number from 1 to `most`. @throws OrchdError USAGE */
export function countIn(query: Query, name: string, most: number): number | null {
  const value = query.get(name)
  if (value === undefined) return null
  const count = /^\d{1,9}$/.test(value) ? Number(value) : 0
  if (count >= 1 && count <= most) return count
  throw new OrchdError('USAGE', `"${name}" must be a whole number from 1 to ${most}, not "${value}"`)
}
