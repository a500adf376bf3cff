import { OrchdError } from '../../../base/errors.ts'
import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { conclude, holdOn } from '../follow/conclude.ts'
import { Session } from '../follow/session.ts'
import { watchRun } from '../follow/watch-run.ts'

export type ResumeOptions = {
  /** What becomes of lost attempts that wait for a person, by step. */
  readonly decide: { readonly [step: string]: 'rerun' | 'skip' | 'fail' }
  /** How much more the run may use; `null`: nothing was said of it. */
  readonly more: { readonly usd: number | null; readonly tokens: number | null }
  readonly wait: boolean
  readonly json: boolean
  readonly state: string | null
}

/** As many runs as listings ask for: more than that are not unfinished at once. */
const mostRuns = 10_000

/** `orchd resume [RUN]`: goes on with unfinished runs, here when nobody holds the state folder, and follows them. */
export async function resume(deps: CliDeps, run: string | null, options: ResumeOptions): Promise<number> {
  const { json, decide, more } = options
  const since = Date.now()
  await using session = await Session.open(deps, { state: options.state, mayHold: true })
  const runs = run === null ? await unfinished(session, since) : [(await session.client.run(run)).run_id]
  const [only, ...others] = runs
  if (only === undefined) {
    deps.stderr.write('no run is unfinished; orchd ps --all lists all runs\n')
    return exitCodes.ok
  }
  if (Object.keys(decide).length > 0 && others.length > 0) {
    throw new OrchdError('USAGE', `--decide is about one run, and ${runs.length} are unfinished`, {
      help: `say which one: orchd resume ${only} --decide STEP=rerun`,
    })
  }
  if (others.length > 0 && (more.usd ?? more.tokens) !== null) {
    throw new OrchdError('USAGE', `--budget is about one run, and ${runs.length} are unfinished`, {
      help: `say which one: orchd resume ${only} --budget USD`,
    })
  }
  for (const [step, decision] of Object.entries(decide)) {
    await session.client.decideLost(only, step, decision, session.person)
  }
  await tryAgain(session, only, run !== null, more)
  const several = others.length > 0
  const codes = await Promise.all(
    runs.map(async (id) => {
      const label = several ? `${id} ` : ''
      const watch = { json, noWait: !options.wait, fromStart: false, plain: several, label }
      const watched = await watchRun(deps, session, id, watch)
      return { code: await conclude(deps, session, watched, { json }), stopped: watched.stopped }
    }),
  )
  if (codes.every(({ stopped }) => stopped === null)) await holdOn(deps, session)
  return codes.find(({ code }) => code !== exitCodes.ok)?.code ?? exitCodes.ok
}

/** Steps that wait for a budget are tried again: with more of it, or because it may be larger by now. */
async function tryAgain(session: Session, run: string, named: boolean, more: ResumeOptions['more']): Promise<void> {
  const isRaised = (more.usd ?? more.tokens) !== null
  if (!isRaised && !named) return
  const { steps } = await session.client.run(run)
  if (isRaised || steps.some(({ status }) => status === 'paused'))
    await session.client.raiseBudget(run, { usd: more.usd ?? 0, tokens: more.tokens ?? 0 }, session.person)
}

/** The runs that go on, and those that came to their end as this command took them up. */
async function unfinished(session: Session, since: number): Promise<readonly string[]> {
  const runs = await session.client.runs(mostRuns)
  return runs
    .filter(({ finished_at: finishedAt }) => finishedAt === null || Date.parse(finishedAt) >= since)
    .map(({ run_id: id }) => id)
}
