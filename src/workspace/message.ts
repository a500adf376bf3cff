import type { Attempt } from '../ports/agent.ts'

const longestSubject = 100

/** The message of a commit that orchd makes of a step's change; trailers tell where it comes from. */
export function commitMessage(attempt: Attempt, session: string | null): string {
  const { spec, step, runId, attempt: number, agent } = attempt
  const subject = oneLine(spec.name ?? `${step}${spec.description === null ? '' : `: ${firstLine(spec.description)}`}`)
  return withTrailers(subject, [
    ['Orchd-Run', runId],
    ['Orchd-Step', step],
    ['Orchd-Attempt', String(number)],
    ['Orchd-Agent', agent],
    ...(session === null ? [] : [['Orchd-Session', session] as const]),
  ])
}

export const mergeMessage = (attempt: Attempt, one: string, other: string): string =>
  withTrailers(`Merge ${other} into ${one}`, [
    ['Orchd-Run', attempt.runId],
    ['Orchd-Merge-For', attempt.step],
  ])

const withTrailers = (subject: string, trailers: readonly (readonly [string, string])[]): string =>
  `${subject}\n\n${trailers.map(([name, value]) => `${name}: ${oneLine(value)}\n`).join('')}`

const firstLine = (text: string): string => text.trim().split('\n', 1)[0] ?? ''
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim().slice(0, longestSubject)
