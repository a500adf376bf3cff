import type { CliDeps } from '../deps.ts'
import type { RunResponse } from '../../../ports/response.ts'
import { exitCodes } from '../exit-code.ts'
import { Session } from '../follow/session.ts'
import { paletteFor } from '../view/palette.ts'
import { safeLine } from '../view/safe-text.ts'
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
    const summary = summaryLines(response, new Map(), paint)
    const why = await whyItWaits(session, response)
    deps.stdout.write(`${[...steps, ...summary, ...why.map((line) => `  ${line}`)].join('\n')}\n`)
  }
  return exitCodes.ok
}

/** Of a run that waits for agents: what the first of its steps waits for. */
async function whyItWaits(session: Session, response: RunResponse): Promise<readonly string[]> {
  if (response.waiting_for !== 'quota' && response.waiting_for !== 'agent') return []
  const first = response.steps.find((step) => step.status === 'queued')
  return first === undefined ? [] : [`${first.id} ${safeLine(await session.client.explain(response.run_id, first.id))}`]
}
