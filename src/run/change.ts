/** Where the work of a run happens: resolved when it is submitted, and never changed. */
export type RunContext = {
  /** Absolute path of the repository's git directory; of the one that all its work trees share. */
  readonly gitDir: string
  /** Absolute path of the work tree that the project folder is in; with a `clone` the project folder itself. */
  readonly workTree: string
  /** The project folder relative to the work tree; empty: it is the work tree. */
  readonly prefix: string
  /** The commit that the work starts from. */
  readonly base: string
  /** What people call it: `main`, `HEAD`. */
  readonly baseName: string
  /** The branch that gets the result; `null`: one that is named after the run. */
  readonly branch: string | null
  /** In whose name commits are made: the person's, as git knows it. */
  readonly author: { readonly name: string; readonly email: string }
  /** The repository is a clone of orchd's own, which has no working tree. Absent: it is the user's. */
  readonly clone?: { readonly url: string }
  /** Where the plan's pull request goes; absent: it asks for none. */
  readonly pullRequest?: PullRequestTarget
  /** Makes a fresh workspace usable; `cache`: what is kept of it for the next one with the same `key` files. */
  readonly setup?: { readonly run: string; readonly key: readonly string[]; readonly cache: readonly string[] }
  /** Files of the project folder that come along into every workspace, though git does not have them. */
  readonly copy?: readonly string[]
  /** What a person should know of it before the work starts, a sentence each. */
  readonly notes: readonly string[]
}

/** A repository on a GitHub. */
export type PullRequestTarget = {
  /** Address of the REST API, without a slash at the end. */
  readonly apiUrl: string
  /** Where the result is pushed to: HTTPS, without a login. */
  readonly pushUrl: string
  readonly owner: string
  readonly name: string
  /** The branch that the pull request is for; `null`: the repository's default. */
  readonly base: string | null
}

/** What an attempt changed, as a commit that orchd made. A change of nothing has `commit` equal to `base`. */
export type Change = {
  /** The merge of what the step depends on: what its workspace started from. */
  readonly base: string
  readonly commit: string
  readonly tree: string
  readonly files: number
  readonly insertions: number
  readonly deletions: number
}
