import { readdir, readFile, readlink } from 'node:fs/promises'
import { basename } from 'node:path'

const accessModeBits = 0o3

/**
 * The names, among those given, under which some process of ours has a file open for writing. It is how a writer that
 * pauses is told from one that has finished. Linux only (elsewhere the answer is always empty), and it cannot see into
 * other users' processes or other machines: those are left to the waiting time.
 */
export async function openForWriting(names: ReadonlySet<string>): Promise<Set<string>> {
  const open = new Set<string>()
  if (names.size === 0) return open
  const processes = (await list('/proc')).filter((name) => /^\d+$/.test(name))
  await Promise.all(
    processes.map(async (pid) => {
      for (const fd of await list(`/proc/${pid}/fd`)) {
        const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')
        // The base name only: a writer in a container sees the folder under another path.
        const name = basename(target)
        if (names.has(name) && (await isWritable(pid, fd))) open.add(name)
      }
    }),
  )
  return open
}

/** Processes end while they are looked at, and others' may not be looked at: both have nothing to tell. */
const list = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

async function isWritable(pid: string, fd: string): Promise<boolean> {
  const info = await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => '')
  const flags = /^flags:\s*([0-7]+)/m.exec(info)?.[1]
  return flags !== undefined && (Number.parseInt(flags, 8) & accessModeBits) !== 0
}
