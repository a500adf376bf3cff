import { writeFile } from 'node:fs/promises'
import { join, normalize } from 'node:path'
import { braceExpand } from 'minimatch'
import type { Attempt } from '../ports/agent.ts'
import { globMatcherOf } from './globs.ts'
import type { Repository } from './repository.ts'

type Of = Pick<Attempt, 'context'>

/** What was copied along and what the setup made, as globs in the project folder. */
const globsOf = ({ context }: Of): readonly string[] =>
  [...(context?.copy ?? []), ...(context?.setup?.cache ?? [])].map((glob) => normalize(glob).replace(/\/$/, ''))

const prefixOf = ({ context }: Of): string => {
  const { prefix = '' } = context ?? {}
  return prefix === '' ? '' : `${prefix}/`
}

/** Settings by which git does not even look at what is left out, if it understands the globs. */
export async function leftOutOf(of: Of, folder: string): Promise<readonly string[]> {
  const at = prefixOf(of).replaceAll(/[\\*?[\] ]/g, '\\$&')
  const file = join(folder, 'left-out')
  await writeFile(
    file,
    globsOf(of)
      .flatMap((glob) => braceExpand(glob))
      .map((glob) => `/${at}${glob}\n`)
      .join(''),
  )
  return ['-c', `core.excludesFile=${file}`]
}

/**
 * Takes out of an index again what is left out: git listens first to a `.gitignore`, in which the work may have said that it
 * is not to be ignored, and it knows fewer globs. What was tracked before stays.
 */
export async function dropLeftOut(
  repository: Repository,
  of: Of,
  { before, index }: { readonly before: string; readonly index: string },
): Promise<void> {
  const globs = globsOf(of)
  if (globs.length === 0) return
  const [at, matches] = [prefixOf(of), globMatcherOf(globs)]
  const namesIn = async (one: string): Promise<readonly string[]> =>
    (await repository.clean(['ls-files', '-z'], { index: one, bytes: true })).stdout.split('\0')
  const tracked = new Set(await namesIn(before))
  const input = (await namesIn(index)).flatMap((bytes) => {
    if (bytes === '' || tracked.has(bytes)) return []
    const path = Buffer.from(bytes, 'latin1').toString()
    return path.startsWith(at) && matches(path.slice(at.length)) ? [`${bytes}\0`] : []
  })
  if (input.length === 0) return
  const remove = ['update-index', '-z', '--force-remove', '--stdin']
  await repository.clean(remove, { index, bytes: true, input: input.join('') })
}
