/** Builds `dist/` from `src/`: what `bin/orchd.js` runs. Node does not strip types below node_modules, so releases ship it. */
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
rmSync(join(root, 'dist'), { recursive: true, force: true })
execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
})
// What is not TypeScript but belongs to it: the launcher, generated validators.
for (const file of globSync('src/**/*.{pl,js,json}', { cwd: root })) cpSync(join(root, file), join(root, 'dist', file))
