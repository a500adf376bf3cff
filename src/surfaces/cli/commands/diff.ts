import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { page } from '../follow/pager.ts'
import { Session } from '../follow/session.ts'
import { paletteFor } from '../view/palette.ts'
import { diffLines } from '../view/review-text.ts'

export type DiffOptions = { readonly json: boolean; readonly state: string | null }

/** `orchd diff RUN [STEP]`: what a step changed, or the run as a whole. */
export async function diff(
  deps: CliDeps,
  run: string,
  step: string | null,
  { json, state }: DiffOptions,
): Promise<number> {
  await using session = await Session.open(deps, { state, mayHold: true, readOnly: true })
  const { run_id: id } = await session.client.run(run)
  const found = await session.client.diff(id, step)
  if (json) deps.stdout.write(`${JSON.stringify(found, null, 2)}\n`)
  else await page(deps, `${diffLines(found, paletteFor(deps.stdout, deps.env)).join('\n')}\n`)
  return exitCodes.ok
}
