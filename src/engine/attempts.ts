import { join } from 'node:path'
import type { AgentAdapter, Attempt, AttemptKey, Session } from '../ports/agent.ts'
import type { Instant, RunId } from '../base/ids.ts'
import { permissionsFrom } from '../plan/permissions.ts'
import type { Step } from '../plan/plan.ts'
import type { AttemptResult } from '../run/attempt-result.ts'
import type { AttemptFinished, AttemptLost } from '../run/event.ts'
import { resolvedUpTo } from '../run/conflicted.ts'
import { holdsAgentsWork } from '../run/agents-work.ts'
import { liveSteps, planLevel } from '../run/find.ts'
import { headsBefore } from '../run/heads.ts'
import { outputsRead } from '../run/outputs-read.ts'
import { approvedFindings, reviewKeysOf } from '../run/review-context.ts'
import { promptToGoOn, sessionOf } from '../run/session.ts'
import type { RunState, StepRunning } from '../run/state.ts'
import { secretEnvOf, secretInputsOf } from './secrets.ts'
import type { Vault } from './vault.ts'

/** What the engine needs from outside to turn a decision into an attempt. */
export type AttemptContext = {
  readonly stateFolder: string
  /** The adapter that does a step's work in this run; `simulate` decides it before the registry does. */
  adapterFor(run: RunState, step: Step): AgentAdapter
  /** The values of the secrets that the step names and the holder has. */
  secretsFor(step: Step): { readonly [name: string]: string }
  readonly vault: Vault
  /** W3C trace context for the attempt's children. */
  traceparentOf(key: AttemptKey): string
}

/** All that an adapter needs to know about an attempt that runs. A function of run and state, so that recovery gets the same. */
export function attemptOf(context: AttemptContext, run: RunState, index: number, state: StepRunning): Attempt {
  const { id: step, spec, level } = run.steps.get(index)
  const key = { runId: run.id, step, attempt: state.attempt }
  const { env, prompt, with: options } = state.values
  const secret = secretEnvOf(context.vault, run, index)
  // It was evaluated before the attempt's intent was journalled, and nothing that it reads has changed since.
  const secretEnv = secret.ok ? secret.value : {}
  return {
    ...key,
    agent: state.agent,
    spec: confinedSpec(run, index),
    folder: attemptFolder(context.stateFolder, key),
    root: run.source.projectFolder,
    workingDirectory: join(run.source.projectFolder, spec.workingDirectory ?? '.'),
    env: {
      ...env,
      ORCHD_RUN_ID: run.id,
      ORCHD_STEP_ID: step,
      ORCHD_ATTEMPT: String(state.attempt),
      TRACEPARENT: context.traceparentOf(key),
    },
    capUsd: state.reserved?.capUsd ?? null,
    secrets: { ...context.secretsFor(spec), ...secretEnv },
    secretValues: secretInputsOf(context.vault, run),
    path: run.path,
    prompt,
    session: sessionToGoOn(state, spec),
    home: homeFolder(context.stateFolder, key),
    with: options,
    simulate: run.simulate,
    outputsRead: run.simulate === 'none' ? [] : outputsRead(planLevel(run, level).plan, spec.id),
    startedAt: state.startedAt,
    context: run.context ?? null,
    heads: headsBefore(run, index),
    holdsAgentsWork: holdsAgentsWork(run, index),
    resolvedUpTo: resolvedUpTo(state.past),
    intents: spec.body.kind === 'integrate' ? intentsOf(run) : [],
    sharedObjects: null,
    reads: [],
    reviewKeys: run.context === undefined ? [] : reviewKeysOf(run, index),
    approved: spec.body.kind === 'integrate' ? approvedFindings(run) : [],
  }
}

/** The step with the confinement that its workspace asks for. */
function confinedSpec(run: RunState, index: number): Step {
  const { spec } = run.steps.get(index)
  const { body, confinement, afterAgents = { sandbox: 'required', permissions: permissionsFrom({}) } } = spec
  const isFree = (body.kind === 'run' || body.kind === 'integrate') && confinement === undefined && afterAgents !== null
  return isFree && holdsAgentsWork(run, index) ? { ...spec, confinement: afterAgents } : spec
}

const longestIntent = 4096

/** What finished steps were to do: their description, else their prompt or command as the plan has it. */
function intentsOf(run: RunState): Attempt['intents'] {
  return Array.from(liveSteps(run), (index) => run.steps.get(index)).flatMap(({ id, spec }) => {
    const { body, description } = spec
    const own = body.kind === 'prompt' ? body.prompt : body.kind === 'run' ? body.command : null
    if (own === null) return []
    const text = [description, typeof own === 'string' ? own : JSON.stringify(own)].filter((part) => part !== null)
    return [{ step: id, intent: text.join('\n').slice(0, longestIntent) }]
  })
}

function sessionToGoOn(state: StepRunning, spec: Step): Session | null {
  const session = sessionOf(state)
  if (session === null) return null
  const { id, usage, costUsd } = session
  return { id, prompt: promptToGoOn(state.values.prompt ?? '', state.past, spec), told: { usage, costUsd } }
}

/** What a report is to the kernel. An end that nobody saw is no result: the step's `on_crash` decides, not its `retry`. */
export function attemptEnded(
  { step, attempt, agent }: AttemptKey & { readonly agent: string },
  result: AttemptResult,
  at: Instant,
): AttemptFinished | AttemptLost {
  if (result.cause === 'daemon_lost') {
    return {
      type: 'attempt_lost',
      at,
      step,
      attempt,
      agent,
      ...(result.message === null ? {} : { message: result.message }),
    }
  }
  return { type: 'attempt_finished', at, step, attempt, agent, result }
}

/** Where a run leaves its files; the `/` of sub-plans becomes `.`, which no id holds. */
export const runFolder = (stateFolder: string, id: RunId): string => join(stateFolder, 'runs', id)
export const attemptFolder = (stateFolder: string, key: AttemptKey): string =>
  join(runFolder(stateFolder, key.runId), key.step.replaceAll('/', '.'), String(key.attempt))

/** In Markdown; the other formats are beside it. No step's folder has this name. */
export const reportFile = (stateFolder: string, id: RunId): string =>
  join(runFolder(stateFolder, id), '_report', 'report.md')

/** What is kept of the home of a step that is over: its session. No step's folder has the name of the folder around it. */
export const keptHomeFolder = (stateFolder: string, { runId, step }: Pick<AttemptKey, 'runId' | 'step'>): string =>
  join(runFolder(stateFolder, runId), '_homes', step.replaceAll('/', '.'))

/** In it a folder for each step whose agent keeps sessions, as long as the step is not over. */
export const homesFolder = (stateFolder: string): string => join(stateFolder, 'homes')
export const homeFolder = (stateFolder: string, { runId, step }: Pick<AttemptKey, 'runId' | 'step'>): string =>
  join(homesFolder(stateFolder), `${runId}.${step.replaceAll('/', '.')}`)
