import type { ReadGit } from './git.ts'

/** Larger files are not read: a person looks at them. */
export const mostBlobBytes = 5_000_000
const groupBytes = 32_000_000

export type Blobs = {
  /** Sizes in bytes of those that exist. */
  readonly sizes: ReadonlyMap<string, number>
  /** The contents of `ids` in groups, so that a large change is never in memory whole. Those too large are left out. */
  readonly read: (ids: Iterable<string>) => AsyncGenerator<ReadonlyMap<string, Uint8Array>>
}

/** Objects of a repository by their ids, with no filter, attribute or conversion in between. */
export async function openBlobs(git: ReadGit, ids: Iterable<string>): Promise<Blobs> {
  const wanted = [...new Set(ids)]
  const sizes = new Map<string, number>()
  if (wanted.length > 0) {
    const list = await git(['cat-file', '--batch-check=%(objectname) %(objecttype) %(objectsize)'], lines(wanted))
    for (const line of list.toString('latin1').split('\n')) {
      const [id = '', type, size] = line.split(' ')
      if (type === 'blob') sizes.set(id, Number(size))
    }
  }
  return {
    sizes,
    read: async function* (some) {
      for (const group of groupsOf(new Set(some), sizes)) {
        yield contentsOf(await git(['cat-file', '--batch'], lines(group)), group.length)
      }
    },
  }
}

function* groupsOf(ids: Iterable<string>, sizes: ReadonlyMap<string, number>): Generator<readonly string[]> {
  let group: string[] = []
  let bytes = 0
  for (const id of ids) {
    const size = sizes.get(id)
    if (size === undefined || size > mostBlobBytes) continue
    if (group.length > 0 && bytes + size > groupBytes) {
      yield group
      group = []
      bytes = 0
    }
    group.push(id)
    bytes += size
  }
  if (group.length > 0) yield group
}

/** `<id> <type> <size>`, a newline, the content, a newline; and so on. */
function contentsOf(output: Buffer, count: number): ReadonlyMap<string, Uint8Array> {
  const contents = new Map<string, Uint8Array>()
  let at = 0
  for (let read = 0; read < count; read++) {
    const end = output.indexOf(0x0a, at)
    const [id = '', , size] = output.toString('latin1', at, end).split(' ')
    const start = end + 1
    const length = Number(size)
    // A copy, so that it can be handed to another thread.
    contents.set(id, Uint8Array.from(output.subarray(start, start + length)))
    at = start + length + 1
  }
  return contents
}

const lines = (ids: readonly string[]): string => ids.map((id) => `${id}\n`).join('')
