import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { conclude, holdOn } from '../follow/conclude.ts'
import { Session } from '../follow/session.ts'
import { watchRun } from '../follow/watch-run.ts'

export type RetryOptions = {
  /** The step to begin with; `null`: whatever failed or was cut off. */
  readonly from: string | null
  /** Only that step, and nothing behind it. */
  readonly only: boolean
  readonly detach: boolean
  readonly wait: boolean
  readonly json: boolean
  readonly state: string | null
}

/** `orchd retry RUN`: has steps run again, also of a run that is over, and follows it as `run` does. */
export async function retry(deps: CliDeps, run: string, options: RetryOptions): Promise<number> {
  const { from, only, detach, json } = options
  await using session = await Session.open(deps, { state: options.state, mayHold: !detach, detach })
  const before = await session.client.run(run)
  const id = before.run_id
  await session.client.retry(id, { from, only }, session.person)
  if (detach) {
    deps.stdout.write(json ? `${JSON.stringify({ run_id: id })}\n` : `${id}\n`)
    return exitCodes.ok
  }
  const watched = await watchRun(deps, session, id, { json, noWait: !options.wait, fromStart: false, since: before })
  const code = await conclude(deps, session, watched, { json })
  if (watched.stopped === null) await holdOn(deps, session)
  return code
}
