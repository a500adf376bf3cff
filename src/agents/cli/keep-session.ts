import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { finished } from 'node:stream/promises'
import { createWriteStream } from 'node:fs'
import type { Redactor } from '../../base/redact.ts'
import { defaultCaps, isCut, redactedOutput } from '../raw-log.ts'

/**
 * Keeps the files of a session for a person who may want to go on in it, without secrets: whoever may read the log may
 * read them. All else that the agent left in its home is not kept, nor a session that is longer than a log may be.
 *
 * @param from a home, or what of it holds its sessions: the files that are named after the session, at any depth
 */
export async function keepSession(from: string, session: string, to: string, redactor: Redactor): Promise<void> {
  await rm(to, { recursive: true, force: true })
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true }).catch(() => [])) {
    const path = join(entry.parentPath, entry.name)
    const name = path.slice(from.length)
    if (entry.isFile() && name.includes(session)) await keepFile(path, join(to, name), redactor)
  }
}

async function keepFile(path: string, to: string, redactor: Redactor): Promise<void> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  if (isCut(size, defaultCaps)) return
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  const out = createWriteStream(to, { mode: 0o600 })
  for await (const part of redactedOutput(file, size, redactor, defaultCaps)) out.write(Uint8Array.from(part))
  out.end()
  await finished(out)
}
