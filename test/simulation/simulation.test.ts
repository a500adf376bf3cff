import { expect, test } from 'vitest'
import { simulate, type Story } from './simulate.ts'

const long = process.env['ORCHD_TEST_SIZE'] === 'long'
const seeds = Number(process.env['ORCHD_SEEDS'] ?? (long ? 1_000_000 : 10_000))
const first = Number(process.env['ORCHD_FIRST_SEED'] ?? 1)

test(`${seeds} seeds of faults break no promise`, { timeout: long ? 14_400_000 : 600_000 }, async () => {
  const totals: Record<string, number> = {}
  for (let seed = first; seed < first + seeds; seed++) {
    const story = await simulate(seed).catch((error: unknown) => {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    })
    addUp(totals, story)
  }
  console.log('simulation', JSON.stringify(totals))
  // What is never met is not tested: every kind of fault and recovery must have happened, and often.
  for (const what of [
    'crashes',
    'diskFull',
    'adopted',
    'picked_up',
    'unclaimed',
    'lost',
    'retries',
    'rewinds',
    'opened',
  ]) {
    expect(totals[what], what).toBeGreaterThan(seeds / 20)
  }
  for (const outcome of ['success', 'failure', 'cancellation', 'timeout'])
    expect(totals[outcome], outcome).toBeGreaterThan(0)
})

test('a seed replays identically', async () => {
  for (const seed of [7, 77, 777]) expect((await simulate(seed)).lines).toEqual((await simulate(seed)).lines)
})

test('the simulation notices a planted bug: acting before the intent is durable', async () => {
  await expect(simulate(1, { lateCommits: true })).rejects.toThrow('started before its intent is durable')
})

function addUp(totals: Record<string, number>, { tallies }: Story): void {
  const { outcomes, ...counts } = tallies
  for (const [name, count] of Object.entries({ ...counts, ...outcomes })) totals[name] = (totals[name] ?? 0) + count
}
