import { expect, test } from 'vitest'
import { retryAtIn } from '../../src/agents/retry-at.ts'

const now = Date.parse('2026-11-26T16:00:00Z')
const minute = 60_000

test.each([
  ["You've hit your usage limit. Try again in 2 hours 5 minutes.", now + 125 * minute],
  ['Please try again in 1.5s.', now + 1500],
  ['rate limited, retry after 20s', now + 20_000],
  ['Please try again in 28ms.', now + 28],
  ['try again in 90 milliseconds', now + 90],
  ['wait 1 min, 3 secs', now + 63_000],
  ['try again in 3 days 4 hours', now + (3 * 24 + 4) * 60 * minute],
  ['Claude AI usage limit reached|1795714800', 1_795_714_800_000],
  ['quota is used up until 2026-11-26T17:40:00Z', Date.parse('2026-11-26T17:40:00Z')],
  ['your limit resets at 5:40 PM (UTC)', Date.parse('2026-11-26T17:40:00Z')],
  ['your limit resets 3am (UTC)', Date.parse('2026-11-27T03:00:00Z')],
  ['quota used up', null],
  ['it failed in 3 places', null],
  ['exceeded retry limit, last status: 429', null],
])('%s', (message, at) => {
  expect(retryAtIn(message, now)).toBe(at)
})

test('a time without a zone is one of this machine', () => {
  const at = retryAtIn('try again at 5:40 PM', now)
  expect([new Date(at ?? 0).getHours(), new Date(at ?? 0).getMinutes()]).toEqual([17, 40])
  expect((at ?? 0) - now).toBeGreaterThan(0)
  expect((at ?? 0) - now).toBeLessThanOrEqual(24 * 60 * minute)
})
