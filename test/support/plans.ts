import { causes, neverRetried } from '../../src/base/cause.ts'
import { stepId } from '../../src/base/ids.ts'
import type { Plan, Step, StepBody } from '../../src/plan/plan.ts'

export const defaultRetry: Step['retry'] = {
  maxAttempts: 1,
  backoff: 'exponential',
  delayMs: 1000,
  maxDelayMs: 300_000,
  on: causes.filter((cause) => !neverRetried.has(cause)),
}

/** A step with the language's defaults; `needs` are its dependencies. */
export function step(id: string, needs: readonly string[] = [], more: Partial<Step> = {}): Step {
  return {
    id: stepId(id),
    name: null,
    description: null,
    body: { kind: 'run', command: 'true' },
    dependsOn: needs.map(stepId),
    when: null,
    triggerRule: 'all_success',
    env: {},
    secrets: [],
    workingDirectory: null,
    timeoutMs: null,
    stallTimeoutMs: null,
    retry: defaultRetry,
    continueOnError: false,
    onCrash: 'ask',
    orphanTimeoutMs: 900_000,
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
    isolation: 'none',
    writes: [],
    ...more,
  }
}

export const gate = (timeoutMs = 86_400_000): StepBody => ({
  kind: 'approval',
  prompt: 'go on?',
  timeoutMs,
  onReject: null,
})

export function plan(steps: readonly Step[], more: Partial<Plan> = {}): Plan {
  return {
    version: 1,
    name: 'test',
    description: null,
    priority: 0,
    env: {},
    secrets: [],
    inputs: {},
    context: null,
    constraints: { maxDurationMs: null, maxParallel: null, budget: null, requireTests: null, requirePr: null },
    review: null,
    steps,
    finally: [],
    outputs: {},
    subPlans: {},
    ...more,
  }
}
