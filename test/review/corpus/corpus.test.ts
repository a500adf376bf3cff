import { afterAll, expect, test } from 'vitest'
import { defaultReviewPolicy } from '../../../src/plan/review-policy.ts'
import { createReviewer } from '../../../src/review/reviewer.ts'
import type { Finding } from '../../../src/run/review.ts'
import { long, report, seed } from '../../proof/size.ts'
import { Random } from '../../support/random.ts'
import { Repository, type TreeFile } from '../repository.ts'
import { chars, kinds } from './kinds.ts'
import { type Placed, places } from './places.ts'

const mine = ['Vq7-cobalt-Pelican-93', 'p@ss w0rd/with+odd=parts', 'line-one-of-it-1234\nline-two-of-it-5678']
const reviewer = createReviewer({ secretValues: mine, path: process.env['PATH'] })
afterAll(() => reviewer.close())

type Case = { readonly what: string; readonly placed: Placed }

/** Which of the cases, all in one change, are blocked. More findings than a result holds are counted file by file. */
async function missed(cases: readonly Case[]): Promise<string[]> {
  using repository = new Repository()
  const left: string[] = []
  for (let at = 0; at < cases.length; at += 40) {
    const some = cases.slice(at, at + 40)
    const attributes = { '.gitattributes': 'nodiff/** -diff\n* filter=none\n' }
    const old: Record<string, TreeFile> = {}
    const now: Record<string, TreeFile> = { ...attributes }
    for (const { placed } of some) {
      if (placed.old !== null) old[placed.old.path] = placed.old.file
      now[placed.path] = placed.now
    }
    const base = repository.commit(old)
    const commit = repository.commit(now, base)
    const change = { gitDir: repository.gitDir, base, commit, policy: defaultReviewPolicy }
    const { findings, more } = await reviewer.review(change)
    expect(more ?? 0).toBe(0)
    const blocked = new Set(findings.filter(({ action }) => action === 'block').map(({ file }: Finding) => file))
    left.push(...some.filter(({ placed }) => !blocked.has(placed.path)).map(({ what }) => what))
  }
  return left
}

test(
  'secrets of all kinds are found wherever they are put, and known values always (R17)',
  { timeout: 600_000 },
  async () => {
    const random = new Random(seed)
    const count = long ? kinds.length * places.length : 200
    const cases = Array.from({ length: count }, (_, at): Case => {
      // All pairs at full size; else every kind and every place, in pairs by chance.
      const kind = kinds[at % kinds.length]!
      const place = long
        ? places[Math.floor(at / kinds.length)]!
        : places[(at + random.below(places.length)) % places.length]!
      return { what: `${kind.name} in ${place.name}`, placed: place.put(kind.make(random), `f${at}`, random) }
    })
    const known = places.flatMap((place, at): Case[] =>
      mine.flatMap((value, which) =>
        formsOf(value, random).map(([form, text], more): Case => {
          const placed = place.put(text, `k${at}-${which}-${more}`, random)
          return { what: `known value, ${form}, in ${place.name}`, placed }
        }),
      ),
    )
    const lost = await missed(cases)
    const lostKnown = await missed(known)
    report('diff gate, secrets', { cases: count, missed: lost, known: known.length, missedKnown: lostKnown })
    expect(lostKnown).toEqual([])
    expect(1 - lost.length / count, lost.join('; ')).toBeGreaterThanOrEqual(0.98)
  },
)

const formsOf = (value: string, random: Random): readonly (readonly [string, string])[] => [
  ['plain', `${chars(random, 3, 'abc')} ${value} ${chars(random, 3, 'abc')}`],
  ['base64', Buffer.from(`user:${value}`).toString('base64')],
  ['in a URL', `https://x.example/?q=${encodeURIComponent(value)}`],
  ['in JSON', JSON.stringify({ value })],
]
