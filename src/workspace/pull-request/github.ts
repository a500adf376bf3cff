import { RequestError } from '@octokit/request-error'
import { request } from '@octokit/request'
import type { PullRequestTarget } from '../../run/change.ts'
import { ApiError } from './api-error.ts'

/** What GitHub tells of a pull request, of all that it tells. */
export type PullRequest = { readonly number: number; readonly html_url: string }

export type PullRequestTexts = {
  readonly title: string
  /** Markdown. */
  readonly body: string
}

export type Wanted = PullRequestTexts & {
  readonly head: string
  readonly base: string
  readonly draft: boolean
  readonly labels: readonly string[]
  readonly reviewers: readonly string[]
  readonly teamReviewers: readonly string[]
}

/** GitHub's REST API (https://docs.github.com/en/rest/pulls/pulls), as far as pull requests need it. */
export class GitHub {
  readonly #call: typeof request
  readonly #target: PullRequestTarget

  constructor(target: PullRequestTarget, token: string, signal: AbortSignal) {
    this.#target = target
    this.#call = request.defaults({
      baseUrl: target.apiUrl,
      owner: target.owner,
      repo: target.name,
      headers: { authorization: `Bearer ${token}`, 'x-github-api-version': '2022-11-28', 'user-agent': 'orchd' },
      request: { signal: AbortSignal.any([signal, AbortSignal.timeout(60_000)]) },
    })
  }

  async defaultBranch(): Promise<string> {
    const { data } = await this.#ask(() => this.#call('GET /repos/{owner}/{repo}', this.#repo()))
    return data.default_branch
  }

  /** The open pull request from `head` to `base`, where there is one. */
  async find(head: string, base: string): Promise<PullRequest | null> {
    const { owner } = this.#target
    const { data } = await this.#ask(() =>
      this.#call('GET /repos/{owner}/{repo}/pulls', { ...this.#repo(), state: 'open', head: `${owner}:${head}`, base }),
    )
    return data[0] ?? null
  }

  async open({ title, body, head, base, draft }: Wanted): Promise<PullRequest> {
    const { data } = await this.#ask(() =>
      this.#call('POST /repos/{owner}/{repo}/pulls', { ...this.#repo(), title, body, head, base, draft }),
    )
    return data
  }

  async describe(number: number, { title, body }: PullRequestTexts): Promise<void> {
    await this.#ask(() =>
      this.#call('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', {
        ...this.#repo(),
        pull_number: number,
        title,
        body,
      }),
    )
  }

  async label(number: number, labels: readonly string[]): Promise<void> {
    await this.#ask(() =>
      this.#call('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {
        ...this.#repo(),
        issue_number: number,
        labels: [...labels],
      }),
    )
  }

  async askFor(
    number: number,
    { reviewers, teamReviewers }: Pick<Wanted, 'reviewers' | 'teamReviewers'>,
  ): Promise<void> {
    await this.#ask(() =>
      this.#call('POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers', {
        ...this.#repo(),
        pull_number: number,
        reviewers: [...reviewers],
        team_reviewers: [...teamReviewers],
      }),
    )
  }

  #repo(): { readonly owner: string; readonly repo: string } {
    return { owner: this.#target.owner, repo: this.#target.name }
  }

  async #ask<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      throw apiErrorOf(error, this.#target)
    }
  }
}

function apiErrorOf(error: unknown, { owner, name, apiUrl }: PullRequestTarget): unknown {
  if (!(error instanceof RequestError)) return error
  const repository = `${owner}/${name}`
  const headers = error.response?.headers ?? {}
  const wait = headers['retry-after']
  const limited = error.status === 429 || wait !== undefined || headers['x-ratelimit-remaining'] === '0'
  if (limited && (error.status === 403 || error.status === 429)) {
    const reset = Number(headers['x-ratelimit-reset'])
    const until = Number.isFinite(reset) ? ` until ${new Date(reset * 1000).toISOString()}` : ''
    return new ApiError(
      'rate_limited',
      `GitHub's limit of requests is used up${wait === undefined ? until : ` for ${wait} s`}`,
    )
  }
  switch (error.status) {
    case 401:
      return new ApiError('auth', `GITHUB_TOKEN is not accepted by ${apiUrl}: give a valid one, and orchd retry`)
    case 403:
      return new ApiError(
        'permission_denied',
        `GITHUB_TOKEN may not open pull requests in ${repository}: it needs "pull requests: write" (${error.message})`,
      )
    case 404:
      return new ApiError(
        'permission_denied',
        `there is no repository ${repository} on ${apiUrl}, or GITHUB_TOKEN may not see it`,
      )
    case 422:
      return new ApiError('agent_error', `${repository} does not take the pull request: ${error.message}`)
    default:
      return new ApiError('transient', `${apiUrl} failed: ${error.message}`)
  }
}
