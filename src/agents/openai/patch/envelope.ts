import { err, ok, type Result } from '../../../base/result.ts'
import type { Operation } from './operation.ts'

const header = /^\*\*\* (Add|Update|Delete) File: (.+)$/
const types = { Add: 'create_file', Update: 'update_file', Delete: 'delete_file' } as const

/** The operations of a patch in one text, between `*** Begin Patch` and `*** End Patch`, as Codex's own models write it. */
export function operationsIn(patch: string): Result<readonly Operation[], string> {
  const lines = patch.replaceAll('\r\n', '\n').trim().split('\n')
  if (lines[0]?.trim() !== '*** Begin Patch' || lines.at(-1)?.trim() !== '*** End Patch')
    return err('a patch begins with *** Begin Patch and ends with *** End Patch')
  const operations: { type: Operation['type']; path: string; rows: string[] }[] = []
  for (const line of lines.slice(1, -1)) {
    const found = header.exec(line)
    if (found !== null)
      operations.push({ type: types[found[1] as keyof typeof types], path: (found[2] ?? '').trim(), rows: [] })
    else if (line.startsWith('*** Move to:')) return err('a patch cannot move a file: delete it and create another')
    else operations.at(-1)?.rows.push(line)
  }
  if (operations.length === 0)
    return err('the patch names no file: *** Add File: PATH, *** Update File: PATH or *** Delete File: PATH')
  return ok(operations.map(({ type, path, rows }) => ({ type, path, diff: rows.join('\n') })))
}
