/** Builds `dist/` from `src/`: what `bin/orchd.js` runs. Node does not strip types below node_modules, so releases ship it. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, globSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const fresh = `${dist}.new.${process.pid}`
const stale = `${dist}.old.${process.pid}`
const tsc = join(root, 'node_modules/typescript/bin/tsc')
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh], { cwd: root, stdio: 'inherit' })
// What is not TypeScript but belongs to it: the launcher, generated validators.
for (const file of globSync('src/**/*.{pl,js,json}', { cwd: root })) cpSync(join(root, file), join(fresh, file))
// Put in place whole: orchd may be running from `dist/`, for example the plan that runs this very build.
if (existsSync(dist)) renameSync(dist, stale)
renameSync(fresh, dist)
rmSync(stale, { recursive: true, force: true })
