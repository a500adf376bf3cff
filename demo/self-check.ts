/** orchd runs the project's own checks as a plan. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { check } from './support/orchd.ts'

const root = join(import.meta.dirname, '..')
const run = spawnSync(process.execPath, [join(root, 'bin/orchd.js'), 'run', 'plans/self-check.yaml'], {
  cwd: root,
  stdio: 'inherit',
})
check('orchd run plans/self-check.yaml passes', run.status === 0, run.status)
