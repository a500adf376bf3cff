import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { Session } from '../follow/session.ts'
import { paletteFor } from '../view/palette.ts'
import { viewOf } from '../view/view-of.ts'
import { summaryLines } from '../view/summary.ts'
import { allStepLines } from '../view/tree.ts'

/** `orchd status RUN`: all steps of a run as they are now, and what it waits for. */
export async function status(
  deps: CliDeps,
  run: string,
  { json, state }: { readonly json: boolean; readonly state: string | null },
): Promise<number> {
  await using session = await Session.open(deps, { state, mayHold: true, readOnly: true })
  const response = await session.client.run(run)
  if (json) deps.stdout.write(`${JSON.stringify(response, null, 2)}\n`)
  else {
    const paint = paletteFor(deps.stdout, deps.env)
    const steps = allStepLines(viewOf(response, { fromStart: false }), { now: Date.now(), paint })
    deps.stdout.write(`${[...steps, ...summaryLines(response, new Map(), paint)].join('\n')}\n`)
  }
  return exitCodes.ok
}
