import { OrchdError } from '../../../base/errors.ts'
import type { RunResponse } from '../../../ports/response.ts'
import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { conclude, holdOn } from '../follow/conclude.ts'
import { Session } from '../follow/session.ts'
import { watchRun } from '../follow/watch-run.ts'
import { responseLine } from '../view/ndjson.ts'

export type GateOptions = {
  readonly message: string | null
  /** The tree that was looked at; `null`: whatever there is now. */
  readonly tree: string | null
  readonly json: boolean
  readonly state: string | null
}

/**
 * `orchd approve RUN [STEP]` and `orchd reject RUN [STEP]`. With a holder elsewhere the answer is all there is to do; otherwise
 * this process becomes the holder, and the run goes on here until it ends or waits for a person again.
 */
export async function answerGate(
  deps: CliDeps,
  decision: 'approve' | 'reject',
  run: string,
  step: string | null,
  { message, tree, json, state }: GateOptions,
): Promise<number> {
  await using session = await Session.open(deps, { state, mayHold: true })
  const before = await session.client.run(run)
  const gate = step ?? theOpenGate(before)
  const answer = { decision, by: session.person, comment: message, ...(tree === null ? {} : { tree }) }
  await session.client.decideGate(before.run_id, gate, answer)
  if (!session.holding) return said(deps, session, before.run_id, gate, { decision, json })
  // At a terminal the next question can be answered right here; elsewhere nobody would.
  const noWait = deps.stdin.isTTY !== true || deps.stderr.isTTY !== true
  const watched = await watchRun(deps, session, before.run_id, { json, noWait, fromStart: false, since: before })
  const code = await conclude(deps, session, watched, { json })
  if (watched.stopped === null) await holdOn(deps, session)
  return code
}

async function said(
  { stdout }: CliDeps,
  session: Session,
  run: string,
  step: string,
  { decision, json }: { readonly decision: 'approve' | 'reject'; readonly json: boolean },
): Promise<number> {
  if (json) stdout.write(responseLine(await session.client.run(run)))
  else {
    const next = decision === 'approve' ? 'the run goes on' : 'the run ends without what depends on it'
    stdout.write(`${step}: ${decision === 'approve' ? 'approved' : 'rejected'}; ${next} (orchd status ${run})\n`)
  }
  return exitCodes.ok
}

function theOpenGate({ run_id: run, steps }: RunResponse): string {
  const gates = steps.filter(({ status }) => status === 'gated').map(({ id }) => id)
  const [only, ...others] = gates
  if (only === undefined) throw new OrchdError('GATE_NOT_OPEN', `no gate of run ${run} is open`)
  if (others.length === 0) return only
  throw new OrchdError('USAGE', `${gates.length} gates of run ${run} are open: ${gates.join(', ')}`, {
    help: `say which one: orchd approve ${run} ${only}`,
  })
}
