import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** Root reads everything, unless it gives up the right to. */
const asOthers =
  process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', process.execPath] : []

function keptOf(command: string): readonly string[] {
  const [program = process.execPath, ...args] = asOthers
  const script = join(import.meta.dirname, 'keep-closed.ts')
  return execFileSync(program, [...args, script, command], { encoding: 'utf8' }).split('\n')
}

test.each([
  ['a file', 'mkdir new; echo b > new/b.txt; chmod 000 new/b.txt'],
  ['a folder', 'mkdir new; echo b > new/b.txt; chmod 000 new'],
  ['a folder that cannot be entered', 'mkdir new; echo b > new/b.txt; chmod 400 new'],
  ['the whole workspace', 'mkdir new; echo b > new/b.txt; chmod 000 .'],
  ['a folder in a closed one', 'mkdir -p new; echo b > new/b.txt; chmod 000 known new'],
])('%s that was closed to its owner is kept', (_, command) => {
  expect(keptOf(command)).toEqual(['100644 a.txt', '100644 known/k.txt', '100644 new/b.txt'])
})
