import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { OrchdError } from '../../../base/errors.ts'
import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { Session } from '../follow/session.ts'

export type OpenOptions = { readonly print: boolean; readonly state: string | null }

/** `orchd open RUN STEP`: a shell in the workspace of a step; with `--print` only where that is. */
export async function open(deps: CliDeps, run: string, step: string, { print, state }: OpenOptions): Promise<number> {
  const { id, place, commit } = await lookUp(deps, run, step, state)
  if (!existsSync(place)) {
    const why = commit === null ? '' : `; what it left is the commit ${commit}`
    throw new OrchdError('WORKSPACE_GONE', `step "${step}" of run "${id}" has no workspace now${why}`)
  }
  if (print || deps.stdout.isTTY !== true) {
    deps.stdout.write(`${place}\n`)
    return exitCodes.ok
  }
  deps.stderr.write(`the workspace of "${step}"; leave the shell to come back\n`)
  const shell = spawn(deps.env['SHELL'] ?? '/bin/sh', [], { cwd: place, stdio: 'inherit' })
  await new Promise((resolve, reject) => shell.once('close', resolve).once('error', reject))
  return exitCodes.ok
}

type Place = { readonly id: string; readonly place: string; readonly commit: string | null }

async function lookUp(deps: CliDeps, run: string, step: string, state: string | null): Promise<Place> {
  await using session = await Session.open(deps, { state, mayHold: true, readOnly: true })
  const { run_id: id, steps } = await session.client.run(run)
  const found = steps.find((one) => one.id === step)
  if (found === undefined) throw new OrchdError('STEP_NOT_FOUND', `run "${id}" has no step "${step}"`)
  const { state_folder: folder } = await session.client.info()
  return { id, place: join(folder, 'workspaces', id, step.replaceAll('/', '.'), 'tree'), commit: found.commit }
}
