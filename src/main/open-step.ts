import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { keepSession } from '../agents/cli/keep-session.ts'
import { readStream } from '../agents/cli/read-stream.ts'
import { defaultCaps } from '../agents/raw-log.ts'
import { OrchdError } from '../base/errors.ts'
import type { StepId } from '../base/ids.ts'
import { createRedactor } from '../base/redact.ts'
import { attemptFolder, homeFolder, keptHomeFolder } from '../engine/attempts.ts'
import type { Ended } from '../engine/homes.ts'
import type { OpenedStep } from '../ports/client.ts'
import { indexOf } from '../run/find.ts'
import { isShared } from '../run/shared.ts'
import type { RunState } from '../run/state.ts'
import type { Workspaces } from '../workspace/adapter.ts'
import { checkWorkingDirectory } from '../workspace/inside.ts'
import { type AgentsConfig, protocolNamed } from './agents.ts'

type Deps = {
  readonly stateFolder: string
  readonly config: Pick<AgentsConfig, 'agents' | 'codexSandboxTimeoutMs'>
  readonly secretValues: readonly string[]
  readonly secretInputsOf: (run: RunState) => readonly string[]
}

/** Keeps the session of a step that is over, without secrets. */
export const keepSessionWith =
  ({ config, secretValues, secretInputsOf }: Deps) =>
  async ({ run, session, home, to }: Ended): Promise<void> => {
    const folder = protocolNamed(session.agent, config)?.sessions?.folder ?? null
    if (folder === null) return
    const redactor = createRedactor([...secretValues, ...secretInputsOf(run)])
    await keepSession(join(home, folder), session.id, join(to, folder), redactor)
  }

/** Where a person can look at the work of a step, and in which session of its agent. @throws OrchdError WORKSPACE_GONE */
export const openStepWith =
  (deps: Deps, workspaces: Pick<Workspaces, 'open'>) =>
  async (run: RunState, step: StepId): Promise<OpenedStep> => {
    const index = indexOf(run, step)
    if (index === undefined) throw new OrchdError('STEP_NOT_FOUND', `run "${run.id}" has no step "${step}"`)
    const found = await sessionOf(run, index, deps)
    // Agents look for their sessions by the folder that they worked in.
    const isElsewhere = found.session !== null && isShared(run.steps.get(index).spec)
    return {
      run_id: run.id,
      step,
      ...(await placeOf(run, index, workspaces)),
      ...(isElsewhere ? { ...found, session: null, no_session: 'elsewhere' as const } : found),
    }
  }

async function placeOf(
  run: RunState,
  index: number,
  workspaces: Pick<Workspaces, 'open'>,
): Promise<Pick<OpenedStep, 'folder' | 'workspace' | 'setup'>> {
  const { id: step, spec } = run.steps.get(index)
  const state = run.states.get(index)
  const { context, source } = run
  const below = spec.workingDirectory ?? '.'
  if (context === undefined || spec.isolation === 'none')
    return { folder: join(source.projectFolder, below), workspace: 'none', setup: null }
  const commit = state.status === 'finished' ? (state.change?.commit ?? null) : null
  const attempt = 'attempt' in state ? state.attempt : 'past' in state ? state.past.count : 0
  const opened = await workspaces.open({ runId: run.id, step, attempt }, context, commit)
  if (opened === null)
    throw new OrchdError('WORKSPACE_GONE', `step "${step}" of run "${run.id}" has no workspace now, and left no change`)
  const place = {
    root: opened.tree,
    prefix: context.prefix,
    workingDirectory: join(opened.tree, context.prefix, below),
  }
  // Nobody is to find themselves where a link of an agent's leads.
  const folder = await checkWorkingDirectory(place).then(
    () => place.workingDirectory,
    () => opened.tree,
  )
  return { folder, workspace: opened.made ? 'made_again' : 'kept', setup: opened.setup }
}

/** As agents tell the names of their sessions. What is stranger than that is not shown to be executed. */
const plainName = /^[A-Za-z0-9][\w.:-]{0,199}$/

type Found = Pick<OpenedStep, 'agent' | 'session' | 'no_session'>

async function sessionOf(run: RunState, index: number, { stateFolder, config }: Deps): Promise<Found> {
  const { id: step } = run.steps.get(index)
  const state = run.states.get(index)
  const key = { runId: run.id, step }
  if (state.status === 'running') return { agent: state.agent, session: null, no_session: 'at_work' }
  const past = 'past' in state ? state.past : null
  const agent = past?.session?.agent ?? past?.agent ?? null
  const protocol = agent === null ? null : protocolNamed(agent, config)
  if (past === null || agent === null || protocol === null || protocol.resume === null)
    return { agent, session: null, no_session: 'no_sessions' }
  const { sessions } = protocol
  // One in which orchd never goes on is only told of in the log, and in a sandbox it went with its home.
  const told = { ...key, attempt: past.count }
  const id =
    sessions !== null
      ? (past.session?.id ?? null)
      : past.sandbox === 'enforced'
        ? null
        : (await readStream(attemptFolder(stateFolder, told), protocol.parse, defaultCaps)).session
  if (id === null || !plainName.test(id)) return { agent, session: null, no_session: 'gone' }
  if (sessions === null || sessions.folder === null) return { agent, session: { id, home: null }, no_session: null }
  const home = (state.status === 'finished' ? keptHomeFolder : homeFolder)(stateFolder, key)
  return existsSync(join(home, sessions.folder))
    ? { agent, session: { id, home }, no_session: null }
    : { agent, session: null, no_session: 'gone' }
}
