import { existsSync } from 'node:fs'
import type { Project } from '../../demo/support/orchd.ts'
import { createJournal } from '../../src/engine/sqlite/journal.ts'
import { openDatabase } from '../../src/engine/sqlite/open.ts'
import { Random } from '../support/random.ts'

/** Steps that leave a line `STEP/ATTEMPT` each time that they are run; every tenth fails the first time. */
export type CountedSteps = { readonly steps: number; readonly shortestMs: number; readonly longestMs: number }

const failsFirst = (index: number): boolean => index % 10 === 3

export function countedPlan({ steps, shortestMs, longestMs }: CountedSteps): string {
  const text = ['name: counted', 'steps:']
  const random = new Random(200)
  for (let i = 0; i < steps; i++) {
    const ms = shortestMs + (longestMs - shortestMs) * random.fraction() ** 4
    const needs = [i - 9, i - 12].filter((need) => need >= 0).map((need) => `s${need}`)
    const end = failsFirst(i) ? 'test "$ORCHD_ATTEMPT" -gt 1' : 'true'
    text.push(
      `  - id: s${i}`,
      `    depends_on: [${needs.join(', ')}]`,
      '    on_crash: retry',
      `    run: sleep ${(ms / 1000).toFixed(3)}; echo s${i}/$ORCHD_ATTEMPT >> effects.txt; ${end}`,
      ...(failsFirst(i) ? ['    retry: { max_attempts: 2, delay: 100ms }'] : []),
    )
  }
  return `${text.join('\n')}\n`
}

/** How often each line was left. */
export function effectsOf(project: Project): Map<string, number> {
  const counts = new Map<string, number>()
  const text = existsSync(project.path('effects.txt')) ? project.read('effects.txt') : ''
  for (const line of text.split('\n').filter((found) => found !== '')) counts.set(line, (counts.get(line) ?? 0) + 1)
  return counts
}

/** What is wrong when a run of these steps has ended: steps that were lost or ran again, in the world or in the journal. */
export function wrongIn(project: Project, { steps }: CountedSteps): string[] {
  const expected = Array.from({ length: steps }, (_, i) => [`s${i}/1`, ...(failsFirst(i) ? [`s${i}/2`] : [])]).flat()
  return [
    ...differences('in the world', effectsOf(project), expected),
    ...differences('in the journal', endsOf(project), expected),
  ]
}

/**
 * The same where attempts may be lost, so that steps run again: what is missing, what ran as the same attempt twice, and
 * how many attempts there were beside those that had to be.
 */
export function wrongWithLosses(project: Project, { steps }: CountedSteps): { wrong: string[]; extra: number } {
  const counts = effectsOf(project)
  const began = new Set([...counts.keys()].map((attempt) => attempt.split('/')[0]))
  const missing = Array.from({ length: steps }, (_, i) => `s${i}`).filter((step) => !began.has(step))
  const ends = endsOf(project)
  const needed = Array.from({ length: steps }, (_, i) => (failsFirst(i) ? 2 : 1)).reduce((sum, count) => sum + count, 0)
  return {
    wrong: [
      ...missing.map((step) => `${step} is lost`),
      ...twice('in the world', counts),
      ...twice('in the journal', ends),
    ],
    extra: ends.size - needed,
  }
}

const twice = (where: string, counts: Map<string, number>): string[] =>
  [...counts].filter(([, count]) => count > 1).map(([attempt, count]) => `${attempt} ran ${count} times ${where}`)

function differences(where: string, counts: Map<string, number>, expected: readonly string[]): string[] {
  const lost = expected.filter((attempt) => !counts.has(attempt)).map((attempt) => `${attempt} is lost`)
  const more = [...counts.keys()].filter((attempt) => !expected.includes(attempt)).map((found) => `${found} ran again`)
  return [...[...lost, ...more].map((text) => `${text} ${where}`), ...twice(where, counts)]
}

/** How often each attempt ended, as the journal has it. */
function endsOf(project: Project): Map<string, number> {
  const database = openDatabase(project.path('.orchd'))
  try {
    const counts = new Map<string, number>()
    for (const { event } of createJournal(database).eventsAfter(0, 1_000_000)) {
      if (event.type !== 'attempt_finished' && event.type !== 'attempt_lost') continue
      const attempt = `${event.step}/${event.attempt}`
      counts.set(attempt, (counts.get(attempt) ?? 0) + 1)
    }
    return counts
  } finally {
    database.close()
  }
}
