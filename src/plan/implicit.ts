import { causes, neverRetried } from '../base/cause.ts'
import { stepId } from '../base/ids.ts'
import { isJsonObject } from '../base/json.ts'
import type { Plan, Step, StepBody } from './plan.ts'

/** What ids of orchd's own steps begin with, and those of people's do not. */
export const reservedPrefix = 'orchd-'
export const resultId = 'orchd-result'
export const testsId = 'orchd-tests'
export const publishId = 'orchd-publish'
export const pullRequestId = 'orchd-pull-request'

/**
 * The plan with the steps that its context and its constraints stand for: the merge of all that its last steps changed,
 * unless a step of its own is that already, the tests of the result, and the branch that gets it.
 */
export function withImplicitSteps(plan: Plan): Plan {
  const needed = new Set(plan.steps.flatMap(({ dependsOn }) => dependsOn))
  const last = plan.steps.filter(({ id }) => !needed.has(id))
  if (plan.context === null) return { ...plan, steps: [...plan.steps, ...testsOf(plan, last.map(({ id }) => id))] } // prettier-ignore
  const [only] = last
  const merged = last.length === 1 && only?.body.kind === 'integrate' && only.matrix === null && only.forEach === null
  const body: StepBody = { kind: 'integrate', onConflict: 'ask', verify: null }
  const result = merged ? [] : [implicitStep(resultId, last.map(({ id }) => id), body)] // prettier-ignore
  const from = merged ? only.id : stepId(resultId)
  const tests = testsOf(plan, [from])
  const publish = implicitStep(publishId, [tests[0]?.id ?? from], { kind: 'publish' })
  return { ...plan, steps: [...plan.steps, ...result, ...tests, publish, ...pullRequestOf(plan)] }
}

/** With git they run in a clean checkout of the result, without it where the steps have worked. */
function testsOf(plan: Plan, dependsOn: Step['dependsOn']): readonly Step[] {
  const { requireTests } = plan.constraints
  if (requireTests === null) return []
  const { run: command, report } = requireTests
  const step = implicitStep(testsId, dependsOn, { kind: 'run', command })
  return [{ ...step, isolation: plan.context === null ? 'none' : 'worktree', artifacts: report, tests: { report } }]
}

/** The branch that its pull request is for, if the plan says so. */
export const pullRequestBaseOf = ({ constraints: { requirePr } }: Plan): string | null =>
  isJsonObject(requirePr) && typeof requirePr['base'] === 'string' ? requirePr['base'] : null

export const asksForPullRequest = ({ constraints: { requirePr } }: Plan): boolean => requirePr !== false

/** Servers fail for reasons that pass: it is tried again a few times. */
function pullRequestOf(plan: Plan): readonly Step[] {
  if (!asksForPullRequest(plan)) return []
  const { requirePr } = plan.constraints
  const step = implicitStep(pullRequestId, [stepId(publishId)], { kind: 'pull_request' })
  const retry = { ...step.retry, maxAttempts: 4, backoff: 'exponential' as const, delayMs: 10_000, maxDelayMs: 120_000 }
  return [
    {
      ...step,
      retry: { ...retry, on: ['rate_limited', 'transient', 'overloaded'] },
      with: isJsonObject(requirePr) ? requirePr : {},
    },
  ]
}

/** A step that orchd adds to a plan. It counts in no sum of the plan's own steps. */
function implicitStep(id: string, dependsOn: Step['dependsOn'], body: StepBody): Step {
  return {
    id: stepId(id),
    name: null,
    description: null,
    body,
    dependsOn,
    when: null,
    triggerRule: 'none_failed',
    env: {},
    secrets: [],
    workingDirectory: null,
    timeoutMs: null,
    stallTimeoutMs: null,
    retry: {
      maxAttempts: 1,
      backoff: 'fixed',
      delayMs: 1000,
      maxDelayMs: 1000,
      on: causes.filter((cause) => !neverRetried.has(cause)),
    },
    continueOnError: false,
    onCrash: 'retry',
    orphanTimeoutMs: 15 * 60_000,
    priority: null,
    outputSchema: null,
    agent: 'auto',
    model: null,
    fallback: [],
    with: {},
    matrix: null,
    forEach: null,
    maxParallel: null,
    failFast: false,
    artifacts: [],
    isolation: 'worktree',
    writes: [],
    implicit: true,
  }
}
