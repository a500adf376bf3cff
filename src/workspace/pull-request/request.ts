import type { JsonObject } from '../../base/json.ts'
import type { Attempt } from '../../ports/agent.ts'
import type { PullRequestTarget } from '../../run/change.ts'
import type { AttemptResult } from '../../run/attempt-result.ts'
import type { Repository } from '../repository.ts'
import { ownResult } from '../result.ts'
import { ApiError } from './api-error.ts'
import type { GitHub, PullRequest, PullRequestTexts, Wanted } from './github.ts'
import { push } from './push.ts'

export type PullRequests = {
  /** `null`: there is none. Asked for each time, and never kept. */
  readonly token: () => string | null
  /** What the run did, for people. */
  readonly textsOf: (attempt: Attempt) => PullRequestTexts
}

/** What is to be pushed. */
type Result = { readonly commit: string; readonly branch: string }

/**
 * Pushes the result and opens a pull request for it, or finds the one that is open. Each part looks first whether it is
 * done, so that a second try after a crash ends with the same single pull request.
 */
export async function requestPull(
  repository: Repository,
  attempt: Attempt,
  target: PullRequestTarget,
  { commit, branch }: Result,
  { token: tokenNow, textsOf }: PullRequests,
  signal: AbortSignal,
): Promise<AttemptResult> {
  const token = tokenNow()
  if (token === null) return ownResult('failure', 'auth', 'GITHUB_TOKEN is not set: set it, and orchd retry')
  try {
    const { with: options } = attempt
    // Only runs with a pull request pay for loading it.
    const api = await import('./github.ts')
    const github = new api.GitHub(target, token, signal)
    const base = target.base ?? (await github.defaultBranch())
    const pushed = { commit, branch, base, runId: attempt.runId, token }
    const { head, note } = await push(repository, target, pushed, signal)
    const own = textsOf(attempt)
    const texts = { title: textOf(options['title']) ?? own.title, body: textOf(options['body']) ?? own.body }
    const reviewers = textsIn(options['reviewers'])
    const wanted = {
      ...texts,
      head,
      base,
      draft: options['draft'] === true,
      labels: textsIn(options['labels']),
      reviewers: reviewers.filter((name) => !name.includes('/')),
      teamReviewers: reviewers.flatMap((name) => name.split('/').slice(1, 2)),
    }
    const found = await github.find(head, base)
    if (found !== null) await github.describe(found.number, texts)
    const opened = found ?? (await openOrFind(github, wanted))
    if (wanted.labels.length > 0) await github.label(opened.number, wanted.labels)
    if (reviewers.length > 0) await github.askFor(opened.number, wanted)
    return {
      ...ownResult('success', null, note),
      outputs: { pr_url: opened.html_url, number: opened.number, branch: head, base, found: found !== null },
    }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof ApiError)) throw error
    return ownResult('failure', error.reason, `no pull request: ${error.message}; the result is on branch "${branch}"`)
  }
}

/** Somebody else may have opened one since it was looked for. */
async function openOrFind(github: GitHub, wanted: Wanted): Promise<PullRequest> {
  try {
    return await github.open(wanted)
  } catch (error) {
    const found = error instanceof ApiError ? await github.find(wanted.head, wanted.base) : null
    if (found === null) throw error
    return found
  }
}

const textOf = (value: JsonObject[string] | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null
const textsIn = (value: JsonObject[string] | undefined): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
