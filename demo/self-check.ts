/** orchd runs the project's own checks as a plan; of the tests only a few, as whoever runs this has run them all. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { check } from './support/orchd.ts'

const root = join(import.meta.dirname, '..')
const run = spawnSync(
  process.execPath,
  [
    join(root, 'bin/orchd.js'),
    'run',
    'plans/self-check.yaml',
    '--input',
    'tests=test/run/rules.test.ts test/agents/shell.test.ts',
  ],
  {
    cwd: root,
    stdio: 'inherit',
  },
)
check('orchd run plans/self-check.yaml passes', run.status === 0, run.status)
