import { copyFileSync, mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { OrchdError } from '../../../base/errors.ts'
import type { KeptFile } from '../../../ports/client.ts'
import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { Session } from '../follow/session.ts'
import { safeLine } from '../view/safe-text.ts'

export type ArtifactsOptions = {
  /** Copy them into this folder, each below a folder of its step. */
  readonly to: string | null
  readonly json: boolean
  readonly state: string | null
}

type Found = KeptFile & { readonly step: string }

/** `orchd artifacts RUN [STEP]`: the files that were kept of a run, and where they are. */
export async function artifacts(
  deps: CliDeps,
  run: string,
  step: string | null,
  { to, json, state }: ArtifactsOptions,
): Promise<number> {
  await using session = await Session.open(deps, { state, mayHold: true, readOnly: true })
  const { run_id: id, steps } = await session.client.run(run)
  if (step !== null && !steps.some((one) => one.id === step))
    throw new OrchdError('STEP_NOT_FOUND', `run ${id} has no step "${step}"`)
  const chosen = steps.filter((one) => one.artifacts.length > 0 && (step === null || one.id === step))
  const found: Found[] = []
  for (const one of chosen) {
    for (const file of await session.client.artifacts(id, one.id)) found.push({ step: one.id, ...file })
  }
  if (to !== null) for (const one of found) copyTo(resolve(deps.cwd, to), one)
  if (json) deps.stdout.write(`${JSON.stringify({ run_id: id, artifacts: found }, null, 2)}\n`)
  else for (const { step: owner, path, file } of found) deps.stdout.write(`${owner}  ${safeLine(path)}  ${file}\n`)
  if (found.length === 0) deps.stderr.write(`no artifacts were kept of ${step ?? `run ${id}`}\n`)
  return exitCodes.ok
}

function copyTo(folder: string, { step, path, file }: Found): void {
  const target = join(folder, step.replaceAll('/', '.'), path)
  try {
    mkdirSync(dirname(target), { recursive: true })
    copyFileSync(file, target)
  } catch (cause) {
    throw new OrchdError('FILE_UNREADABLE', `cannot copy "${path}" of step "${step}" to "${target}"`, { cause })
  }
}
