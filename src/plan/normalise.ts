import { causes, neverRetried } from '../base/cause.ts'
import { parseDuration } from '../base/duration.ts'
import { stepId } from '../base/ids.ts'
import { asJson, asJsonObject } from './as-json.ts'
import type { Around } from './check/in-context.ts'
import type { PromptFiles } from './check/prompt-files.ts'
import type { SourceDocument } from './document.ts'
import { unwrapCondition } from './expression/scan.ts'
import type {
  Budget as BudgetDocument,
  Duration,
  Env,
  Input,
  PlanDocument,
  Retry,
  Step as StepDocument,
} from './generated/plan-document.ts'
import { confinementFrom } from './confinement.ts'
import { combinations } from './matrix.ts'
import type { PlanOptions } from './options.ts'
import type { Budget, InputSpec, Plan, RequiredTests, RetryPolicy, Step, StepBody, Template, Verify } from './plan.ts'
import { plainPath } from './sub-plans.ts'
import type { Path } from './yaml/locate.ts'

const defaultApprovalTimeout = '7d'
const defaultOrphanTimeoutMs = 15 * 60_000
const defaultRetryDelayMs = 1000
const defaultMaxDelayMs = 5 * 60_000
const defaultMaxRewinds = 3
const retriedCauses = causes.filter((cause) => !neverRetried.has(cause))

/** What normalising needs beside the document itself. */
type Source = {
  readonly located: SourceDocument
  readonly prompts: PromptFiles
  readonly options: PlanOptions
  readonly around: Around
}

/** The plan of a document that passed every check: aliases resolved, defaults filled in, durations in milliseconds. */
export function normalise(plan: PlanDocument, source: Source): Plan {
  const { located } = source
  const { constraints = {} } = plan
  const stepsOf = (steps: readonly StepDocument[], phase: 'steps' | 'finally'): readonly Step[] =>
    steps.map((step, at) => stepFrom(step, [phase, at], plan, source))
  return {
    version: 1,
    name: plan.name,
    description: plan.description ?? null,
    priority: plan.priority ?? 0,
    env: envFrom(plan.env, ['env'], located),
    secrets: plan.secrets ?? [],
    inputs: Object.fromEntries(Object.entries(plan.inputs ?? {}).map(([name, input]) => [name, inputFrom(input)])),
    context: asJsonObject(plan.context),
    constraints: {
      maxDurationMs: milliseconds(constraints.max_duration),
      maxParallel: constraints.max_parallel ?? null,
      budget: constraints.budget === undefined ? null : budgetFrom(constraints.budget),
      requireTests: testsFrom(constraints.require_tests ?? false, source.options),
      requirePr: constraints.require_pr ?? false,
    },
    review: asJsonObject(plan.review),
    steps: stepsOf(plan.steps, 'steps'),
    finally: stepsOf(plan.finally ?? [], 'finally'),
    outputs: plan.outputs ?? {},
    subPlans: {},
  }
}

function stepFrom(step: StepDocument, path: Path, plan: PlanDocument, source: Source): Step {
  const { defaults = {} } = plan
  const isolation = step.isolation ?? defaults.isolation ?? (source.around.hasContext ? 'worktree' : 'none')
  const agent = step.agent ?? defaults.agent ?? 'auto'
  const writtenFallback = step.fallback ?? defaults.fallback
  const fallback = writtenFallback ?? []
  const isAgents = step.run === undefined && step.approval === undefined && step.plan === undefined
  const canFallBack = isAgents && (fallback.length > 0 || typeof agent !== 'string' || agent === 'auto')
  // A gate has its own; a sub-plan is as long as its steps take, and is tried again only when it says so itself.
  const ownOnly = step.approval !== undefined || step.plan !== undefined
  const limits = ownOnly ? {} : defaults
  return {
    id: stepId(step.id),
    name: step.name ?? null,
    description: step.description ?? null,
    ...(step.type === undefined ? {} : { type: step.type }),
    body: bodyFrom(step, source),
    dependsOn: [...new Set(step.depends_on ?? step.needs ?? [])].map(stepId),
    when: conditionFrom(step.when ?? step.if),
    triggerRule: step.trigger_rule ?? 'all_success',
    env: envFrom(step.env, [...path, 'env'], source.located),
    secrets: step.secrets ?? [],
    workingDirectory: step.working_directory ?? null,
    timeoutMs: step.approval === undefined ? milliseconds(step.timeout ?? limits.timeout) : null,
    stallTimeoutMs: ownOnly ? null : milliseconds(step.stall_timeout ?? limits.stall_timeout),
    retry: retryFrom(step.retry ?? limits.retry ?? {}),
    continueOnError: step.continue_on_error ?? false,
    onCrash: step.on_crash ?? (isolation === 'none' && !isSimulated(step, agent, source) ? 'ask' : 'retry'),
    orphanTimeoutMs: milliseconds(step.orphan_timeout) ?? defaultOrphanTimeoutMs,
    priority: step.priority ?? null,
    outputSchema: step.output_schema ?? null,
    agent: typeof agent === 'string' ? agent : { requires: agent.requires ?? [], prefer: agent.prefer ?? [] },
    model: step.model ?? defaults.model ?? null,
    fallback,
    ...(fallback.length === 0 && writtenFallback !== undefined ? { alone: true } : {}),
    ...(canFallBack && (step.retry ?? limits.retry) === undefined ? { oneAttemptEach: true } : {}),
    with: step.with ?? {},
    matrix: step.matrix === undefined ? null : combinations(asJsonObject(step.matrix) ?? {}),
    forEach: step.for_each === undefined ? null : listFrom(step.for_each),
    maxParallel: step.max_parallel ?? null,
    failFast: step.fail_fast ?? false,
    artifacts: step.artifacts ?? [],
    ...(step.budget === undefined ? {} : { budget: budgetFrom(step.budget) }),
    isolation,
    writes: step.writes ?? [],
    ...(step.verify === undefined ? {} : { verify: verifyFrom(step.verify) }),
    ...confinementFrom(step, plan, isSimulated(step, agent, source) ? null : (source.options.sandbox ?? 'required')),
    ...(step.review === undefined ? {} : { review: asJsonObject(step.review) ?? {} }),
  }
}

/** Whether the simulated agent does the step's work: a lost attempt of it can always be run again. */
function isSimulated(step: StepDocument, agent: unknown, { options: { simulate, agents } }: Source): boolean {
  if (simulate === 'all') return true
  if (step.run !== undefined || step.approval !== undefined) return false
  return simulate === 'agents' || (typeof agent === 'string' && (agents?.get(agent) ?? agent) === 'simulated')
}

function bodyFrom(step: StepDocument, { prompts }: Source): StepBody {
  if (step.run !== undefined) return { kind: 'run', command: step.run }
  if (step.plan !== undefined) return { kind: 'plan', path: plainPath(step.plan) }
  if (step.integrate !== undefined) {
    const { on_conflict: onConflict = 'ask', verify = null } = step.integrate
    return { kind: 'integrate', onConflict, verify: asJson(verify) }
  }
  if (step.approval === undefined) {
    return { kind: 'prompt', prompt: step.prompt ?? prompts.get(step.prompt_file ?? '') ?? '' }
  }
  const {
    prompt = `Approve "${step.name ?? step.id}"?`,
    timeout = defaultApprovalTimeout,
    on_reject: onReject,
  } = step.approval
  return {
    kind: 'approval',
    prompt,
    timeoutMs: milliseconds(timeout) ?? 0,
    onReject:
      onReject === undefined
        ? null
        : { rewindTo: stepId(onReject.rewind_to), maxRewinds: onReject.max_rewinds ?? defaultMaxRewinds },
  }
}

const listFrom = (list: readonly unknown[] | string): Step['forEach'] =>
  typeof list === 'string' ? unwrapCondition(list).source.trim() : [asJson([...list])].flat()

const conditionFrom = (when: string | boolean | undefined): string | null =>
  when === undefined ? null : unwrapCondition(String(when)).source.trim()

/** Numbers and booleans are taken as they were written: `1.10` is a version, not 1.1. */
const envFrom = (
  env: Env | undefined,
  path: Path,
  { written }: SourceDocument,
): { readonly [name: string]: Template } =>
  env === undefined
    ? {}
    : Object.fromEntries(
        Object.entries(env).map(([name, value]) => [
          name,
          typeof value === 'string' ? value : (written([...path, name]) ?? String(value)),
        ]),
      )

function inputFrom({ type, description, enum: values, pattern, secret, ...rest }: Input): InputSpec {
  const spec = {
    type: type ?? 'string',
    description: description ?? null,
    enum: values ?? null,
    pattern: pattern ?? null,
    secret: secret ?? false,
  }
  return rest.default === undefined ? spec : { ...spec, default: rest.default }
}

function testsFrom(
  wish: NonNullable<NonNullable<PlanDocument['constraints']>['require_tests']>,
  { testCommand }: PlanOptions,
): RequiredTests | null {
  if (wish === false) return null
  if (wish === true) return typeof testCommand === 'string' ? { run: testCommand, report: [] } : null
  return { run: wish.run, report: wish.report ?? [] }
}

const budgetFrom = (budget: BudgetDocument): Budget => ({
  maxUsd: budget.max_usd ?? null,
  maxTokens: budget.max_tokens ?? null,
  warnAt: budget.warn_at ?? 0.8,
  onExceed: budget.on_exceed ?? 'pause',
})

const verifyFrom = (verify: NonNullable<StepDocument['verify']>): Verify =>
  typeof verify === 'string' ? { run: verify, maxRounds: 1 } : { run: verify.run, maxRounds: verify.max_rounds ?? 1 }

const retryFrom = (retry: Retry): RetryPolicy => ({
  maxAttempts: retry.max_attempts ?? 1,
  backoff: retry.backoff ?? 'exponential',
  delayMs: milliseconds(retry.delay) ?? defaultRetryDelayMs,
  maxDelayMs: milliseconds(retry.max_delay) ?? defaultMaxDelayMs,
  on: retry.on ?? retriedCauses,
})

const milliseconds = (duration: Duration | undefined): number | null =>
  duration === undefined ? null : parseDuration(duration)
