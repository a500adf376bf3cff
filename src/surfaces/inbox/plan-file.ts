import { createHash } from 'node:crypto'
import { extname } from 'node:path'

const longestNameBytes = 200

/**
 * Whether a name in the inbox is meant as a plan. Editors and copy programs keep unfinished work under names that begin
 * with a dot or `#` or end in something else (`.tmp`, `.part`, `~`, `.swp`); our own notes are no plans either.
 */
export function isPlanFile(name: string): boolean {
  return /\.(yaml|yml|json)$/i.test(name) && !/^[.#~]/.test(name) && !/\.(accepted|error)\.json$/.test(name)
}

/**
 * The name under which a file is kept and submitted: its own, cut where notes beside it would become too long for the
 * file system (255 bytes). The same name always gives the same result, and a result gives itself.
 */
export function keptName(name: string): string {
  if (Buffer.byteLength(name) <= longestNameBytes) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12)
  // Whole characters only: a cut inside one would not be UTF-8.
  const head = new TextDecoder('utf-8').decode(Buffer.from(name).subarray(0, 120), { stream: true })
  return `${head}-${hash}${extname(name)}`
}

/** `plan.yaml` with a mark before its extension: `plan.r01abc.yaml`. */
export function markedName(name: string, mark: string): string {
  const extension = extname(name)
  return `${name.slice(0, name.length - extension.length)}.${mark}${extension}`
}
