/** What a newcomer does: clone, one command, and the first plan runs to `completed`, with whatever Node is on the machine. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check } from './support/orchd.ts'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'orchd-clone-'))
try {
  // Without what npm put on PATH for this very script: the newcomer has the system's Node only.
  const path = (process.env['PATH'] ?? '')
    .split(':')
    .filter((entry) => !entry.includes('node_modules'))
    .join(':')
  const env = Object.fromEntries(
    Object.entries({ ...process.env, PATH: path }).filter(([name]) => !name.startsWith('npm_')),
  )
  const sh = (command: string, cwd: string) =>
    spawnSync('sh', ['-c', command], { cwd, env, encoding: 'utf8', maxBuffer: 1e8 })
  check('git clone works', sh(`git clone --quiet "${root}" clone`, folder).status === 0)
  const clone = join(folder, 'clone')
  console.log(`system node: ${sh('node --version', clone).stdout.trim()}`)
  const first = /```sh\n(npm ci && npx orchd [^\n]*)\n```/.exec(readFileSync(join(clone, 'README.md'), 'utf8'))?.[1]
  check(`README has a first command: ${first}`, first !== undefined)
  const run = sh(String(first), clone)
  check(
    'it runs plans/hello.yaml to completed',
    run.status === 0 && /completed|success/.test(run.stdout + run.stderr),
    run,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
