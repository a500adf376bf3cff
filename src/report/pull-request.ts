import { formatDuration } from '../base/duration.ts'
import type { Redactor } from '../base/redact.ts'
import { liveSteps } from '../run/find.ts'
import type { RunState } from '../run/state.ts'
import { decisionsOf } from './decisions.ts'
import { markdownText } from './markdown-text.ts'
import { testResults } from './tests.ts'
import { decisionWords } from './words.ts'

/** GitHub takes 65,536 characters. */
const longestBody = 60_000
const longestTitle = 250

/** What a pull request says of the run that made it: what it was for, what each step did, and who let it through. */
export function pullRequestTexts(
  run: RunState | undefined,
  redactor: Redactor,
): { readonly title: string; readonly body: string } {
  if (run === undefined) return { title: 'Changes by orchd', body: '' }
  const { description, name } = run.plan
  const about = description?.trim() || name
  const [title = name] = about.split('\n')
  const tests = testResults(run)
  const parts = [
    about,
    `| step | by | attempts | change |\n| --- | --- | --- | --- |\n${stepRows(run).join('\n')}`,
    ...(tests === null ? [] : [`Tests of the result: ${markdownText(tests)}`]),
    ...decisions(run),
    `Made by orchd: plan \`${code(name)}\`, run \`${run.id}\`. \`orchd report ${run.id}\` tells all of it.`,
  ]
  const body = redactor.text(parts.join('\n\n'))
  return { title: redactor.text(shortened(title, longestTitle)), body: shortened(body, longestBody) }
}

function stepRows(run: RunState): string[] {
  return Array.from(liveSteps(run)).flatMap((index) => {
    const { id, spec } = run.steps.get(index)
    const state = run.states.get(index)
    if (state.status !== 'finished' || spec.implicit === true || state.agent === null) return []
    const { change, outcome, past, startedAt, finishedAt } = state
    const lines =
      change === null || change.files === 0
        ? 'none'
        : `+${change.insertions} -${change.deletions} in ${change.files} files`
    const what = outcome === 'success' ? lines : outcome
    const took =
      startedAt === null ? '' : `, ${formatDuration(Math.max(0, Math.round((finishedAt - startedAt) / 1000)) * 1000)}`
    return [`| ${markdownText(id)} | ${markdownText(state.agent)}${took} | ${past.count} | ${what} |`]
  })
}

/** What people let through; the pull request is no place to hide that. */
function decisions(run: RunState): string[] {
  const rows = decisionsOf(run)
    .filter(({ by }) => by !== null)
    .map((one) => `- ${markdownText(decisionWords(one))}${one.why === null ? '' : `: ${markdownText(one.why)}`}`)
  return rows.length === 0 ? [] : [`Decided by people:\n\n${rows.join('\n')}`]
}

const code = (text: string): string => text.replaceAll(/[`\s]+/g, ' ')
const shortened = (text: string, longest: number): string =>
  text.length > longest ? `${text.slice(0, longest - 1)}…` : text
