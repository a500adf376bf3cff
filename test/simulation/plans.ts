import { stepId } from '../../src/base/ids.ts'
import { triggerRules, type Budget, type Plan, type Step } from '../../src/plan/plan.ts'
import { defaultRetry, plan, step } from '../support/plans.ts'
import type { Random } from '../support/random.ts'
import { simAgents } from './roster.ts'

/** Said of steps that share a workspace. The judge goes by it, the engine does not. */
export const oneAtATime = 'one at a time'

/** A plan whose steps share nothing. */
export const withoutSharing = (made: Plan): Plan => ({
  ...made,
  steps: made.steps.map((one) => ({ ...one, isolation: 'none' })),
  subPlans: Object.fromEntries(Object.entries(made.subPlans).map(([path, inner]) => [path, withoutSharing(inner)])),
})

/** A random plan within the rules of the language: what `parsePlan` would let through. */
export function randomPlan(random: Random): Plan {
  const paths = Array.from({ length: random.below(3) }, (_, at) => `p${at}.yaml`)
  // Each sub-plan names only those behind it, so that none is a part of itself.
  const subPlans = Object.fromEntries(
    paths.map((path, at) => [path, onePlan(random, 1 + random.below(4), paths.slice(at + 1))]),
  )
  return { ...onePlan(random, 1 + random.below(14), paths), subPlans }
}

function onePlan(random: Random, count: number, subPlans: readonly string[]): Plan {
  const steps: Step[] = []
  for (let i = 0; i < count; i++) steps.push(randomStep(`s${i}`, steps, random, subPlans))
  const last = Array.from({ length: random.below(3) }, (_, i) => randomStep(`f${i}`, [], random, []))
  return plan(steps, {
    priority: random.chance(0.3) ? random.below(201) - 100 : 0,
    finally: last,
    outputs: random.chance(0.3) ? { files: '${{ steps.s0.outputs.files }}', how: '${{ steps.s0.outcome }}' } : {},
    constraints: {
      maxDurationMs: random.chance(0.15) ? 20_000 + random.below(200_000) : null,
      maxParallel: random.chance(0.3) ? 1 + random.below(3) : null,
      budget: random.chance(0.3) ? randomBudget(random) : null,
      requireTests: null,
      requirePr: null,
    },
  })
}

function randomBudget(random: Random): Budget {
  const maxUsd = random.chance(0.7) ? random.below(500) / 100 : null
  const maxTokens = maxUsd === null || random.chance(0.5) ? random.below(5000) : null
  return { maxUsd, maxTokens, warnAt: 0.8, onExceed: random.pick(['pause', 'fail', 'warn']) }
}

function randomStep(id: string, earlier: readonly Step[], random: Random, subPlans: readonly string[]): Step {
  const needs = earlier.filter(() => random.chance(2 / (earlier.length + 1))).map((other) => other.id)
  return step(id, needs, {
    body: randomBody(needs, earlier, random, subPlans),
    agent: random.pick(simAgents),
    fallback: random.chance(0.2) ? [random.pick(simAgents)] : [],
    ...randomInstances(needs, random),
    triggerRule: random.chance(0.5) ? 'all_success' : random.pick(triggerRules),
    when: random.chance(0.25) ? randomCondition(needs, random) : null,
    continueOnError: random.chance(0.2),
    priority: random.chance(0.1) ? random.below(10) : null,
    onCrash: random.pick(['retry', 'ask', 'fail'] as const),
    ...(random.chance(0.3) ? { isolation: 'shared', description: oneAtATime } : {}),
    retry: {
      ...defaultRetry,
      maxAttempts: 1 + random.below(3),
      delayMs: random.below(20_000),
      backoff: random.pick(['fixed', 'linear', 'exponential']),
    },
    timeoutMs: random.chance(0.1) ? 20_000 + random.below(100_000) : null,
    ...(random.chance(0.1) ? { budget: randomBudget(random) } : {}),
    env: random.chance(0.1) && needs.length > 0 ? { X: `\${{ steps.${needs[0]}.outputs.nothing }}` } : {},
  })
}

function randomBody(
  needs: readonly Step['id'][],
  earlier: readonly Step[],
  random: Random,
  subPlans: readonly string[],
): Step['body'] {
  const kinds = ['run', 'run', 'prompt', 'prompt', 'gate', ...(subPlans.length > 0 ? ['plan'] : [])]
  switch (earlier.length === 0 && subPlans.length === 0 ? random.pick(['run', 'prompt']) : random.pick(kinds)) {
    case 'gate': {
      const onReject =
        random.chance(0.5) && needs.length > 0
          ? { rewindTo: random.pick(needs), maxRewinds: 1 + random.below(2) }
          : null
      return { kind: 'approval', prompt: 'go on?', timeoutMs: 1000 + random.below(60_000), onReject }
    }
    case 'prompt':
      return { kind: 'prompt', prompt: 'do it' }
    case 'plan':
      return { kind: 'plan', path: random.pick(subPlans) }
    default:
      return { kind: 'run', command: 'true' }
  }
}

function randomInstances(needs: readonly Step['id'][], random: Random): Partial<Step> {
  if (random.chance(0.75)) return {}
  const limits = { maxParallel: random.chance(0.4) ? 1 + random.below(3) : null, failFast: random.chance(0.3) }
  const count = random.below(5)
  if (random.chance(0.5)) return { ...limits, matrix: Array.from({ length: count }, (_, n) => ({ n })) }
  if (random.chance(0.5) || needs.length === 0)
    return { ...limits, forEach: Array.from({ length: count }, (_, n) => n) }
  return { ...limits, forEach: `steps.${random.pick(needs)}.outputs.files` }
}

function randomCondition(needs: readonly Step['id'][], random: Random): string {
  const [first] = needs
  if (first === undefined) return random.pick(['true', 'false', '1 + 1 == 2'])
  return random.pick([
    `steps.${stepId(first)}.outcome == 'success'`,
    `steps.${first}.outcome != 'success'`,
    'true',
    `steps.${first}.outputs.nothing`,
  ])
}
