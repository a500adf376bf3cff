import { stepId } from '../../src/base/ids.ts'
import { triggerRules, type Plan, type Step } from '../../src/plan/plan.ts'
import { defaultRetry, gate, plan, step } from '../support/plans.ts'
import type { Random } from '../support/random.ts'

/** A random plan within the rules of the language: what `parsePlan` would let through. */
export function randomPlan(random: Random): Plan {
  const count = 1 + random.below(14)
  const steps: Step[] = []
  for (let i = 0; i < count; i++) steps.push(randomStep(`s${i}`, steps, random))
  const last = Array.from({ length: random.below(3) }, (_, i) => randomStep(`f${i}`, [], random, ['run']))
  return plan(steps, {
    priority: random.chance(0.3) ? random.below(201) - 100 : 0,
    finally: last,
    constraints: {
      maxDurationMs: random.chance(0.15) ? 20_000 + random.below(200_000) : null,
      maxParallel: random.chance(0.3) ? 1 + random.below(3) : null,
      budget: null,
      requireTests: null,
      requirePr: null,
    },
  })
}

function randomStep(
  id: string,
  earlier: readonly Step[],
  random: Random,
  kinds = ['run', 'run', 'run', 'prompt', 'gate'],
): Step {
  const needs = earlier.filter(() => random.chance(2 / (earlier.length + 1))).map((other) => other.id)
  const kind = random.pick(kinds)
  return step(id, needs, {
    ...(kind === 'gate' ? { body: gate(1000 + random.below(60_000)) } : {}),
    ...(kind === 'prompt' ? { body: { kind: 'prompt' as const, prompt: 'do it' } } : {}),
    triggerRule: random.chance(0.5) ? 'all_success' : random.pick(triggerRules),
    when: random.chance(0.25) ? randomCondition(needs, random) : null,
    continueOnError: random.chance(0.2),
    priority: random.chance(0.1) ? random.below(10) : null,
    onCrash: random.pick(['retry', 'ask', 'fail'] as const),
    retry: {
      ...defaultRetry,
      maxAttempts: 1 + random.below(3),
      delayMs: random.below(20_000),
      backoff: random.pick(['fixed', 'linear', 'exponential']),
    },
    env: random.chance(0.1) && needs.length > 0 ? { X: `\${{ steps.${needs[0]}.outputs.nothing }}` } : {},
  })
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
