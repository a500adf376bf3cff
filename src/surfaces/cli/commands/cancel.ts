import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { conclude, holdOn } from '../follow/conclude.ts'
import { Session } from '../follow/session.ts'
import { watchRun } from '../follow/watch-run.ts'
import { responseLine } from '../view/ndjson.ts'

export type CancelOptions = {
  readonly message: string | null
  readonly json: boolean
  readonly state: string | null
}

/** `orchd cancel RUN`. Without a holder the run is ended here, its steps that still run and its `finally` included. */
export async function cancel(deps: CliDeps, run: string, { message, json, state }: CancelOptions): Promise<number> {
  await using session = await Session.open(deps, { state, mayHold: true })
  const before = await session.client.run(run)
  const id = before.run_id
  await session.client.cancel(id, session.person, message)
  if (!session.holding) {
    if (json) deps.stdout.write(responseLine(await session.client.run(id)))
    else
      deps.stdout.write(
        `run ${id} is being cancelled; a second cancel stops its finally steps too (orchd status ${id})\n`,
      )
    return exitCodes.ok
  }
  const watched = await watchRun(deps, session, id, { json, noWait: true, fromStart: false, since: before })
  const code = await conclude(deps, session, watched, { json })
  if (watched.stopped !== null) return code
  await holdOn(deps, session)
  // That the run is cancelled now is what was asked for.
  return watched.response.status === 'cancelled' ? exitCodes.ok : code
}
