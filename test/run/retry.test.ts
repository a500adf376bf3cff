import { expect, test } from 'vitest'
import { backoffMs } from '../../src/run/retry.ts'
import { defaultRetry } from '../support/plans.ts'

const after = [1, 2, 3, 4, 5]

test.each([
  ['fixed', [1000, 1000, 1000, 1000, 1000]],
  ['linear', [1000, 2000, 3000, 4000, 5000]],
  ['exponential', [1000, 2000, 4000, 8000, 10_000]],
] as const)('a %s delay grows so, up to max_delay, and jitter takes away a fifth at most', (backoff, delays) => {
  const policy = { ...defaultRetry, backoff, delayMs: 1000, maxDelayMs: 10_000 }
  for (const [at, tries] of after.entries()) {
    const most = delays[at] ?? 0
    const ms = backoffMs(policy, `run/step/${tries}`, tries)
    expect(ms).toBeLessThanOrEqual(most)
    expect(ms).toBeGreaterThanOrEqual(most * 0.8)
    expect(backoffMs(policy, `run/step/${tries}`, tries)).toBe(ms)
  }
})
