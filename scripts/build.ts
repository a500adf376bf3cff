/** Builds `dist/` from `src/`: what `bin/orchd.js` runs. Node does not strip types below node_modules, so releases ship it. */
import { execFileSync, spawnSync } from 'node:child_process'
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
compileLauncher()
// Put in place whole: orchd may be running from `dist/`, for example the plan that runs this very build.
if (existsSync(dist)) renameSync(dist, stale)
renameSync(fresh, dist)
rmSync(stale, { recursive: true, force: true })

/** Steps start faster under the launcher in C; where it cannot be compiled there is the one in Perl, and doctor tells. */
function compileLauncher(): void {
  const folder = 'src/agents/process'
  const name = `launcher-${process.platform}-${process.arch}`
  const sources = globSync(`${folder}/launcher/*.c`, { cwd: root })
  const args = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-o', join(fresh, folder, name), ...sources]
  // Static, so that it also runs beside another C library, where there is a static one to link.
  const done = process.platform === 'linux' && [['-static'], []].some((more) => compiles([...more, ...args]))
  if (!done) console.error('no C compiler: the launcher in Perl starts the steps; "orchd doctor" tells what that costs')
}

function compiles(args: readonly string[]): boolean {
  return spawnSync('cc', args, { cwd: root, stdio: ['ignore', 'inherit', 'ignore'] }).status === 0
}
