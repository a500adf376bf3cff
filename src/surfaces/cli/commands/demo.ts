import { copyFileSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CliDeps } from '../deps.ts'
import { run } from './run.ts'

/** `orchd demo`: the plan that comes with orchd, in a new folder of its own. */
export async function demo(deps: CliDeps, { json }: { readonly json: boolean }): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'orchd-demo-'))
  const state = join(folder, '.orchd')
  mkdirSync(state, { mode: 0o700 })
  copyFileSync(join(deps.packageFolder, 'plans', 'hello.yaml'), join(folder, 'hello.yaml'))
  deps.stderr.write(`the plan and its state are in ${folder}\n`)
  const code = await run(deps, 'hello.yaml', {
    cwd: folder,
    state,
    json,
    input: {},
    inputFile: {},
    simulate: 'none',
    detach: false,
    wait: true,
    priority: null,
  })
  deps.stderr.write(`look around: cd ${folder} && orchd ps --all\n`)
  return code
}
