/** What orchd finds at the place that a request is about, beside what the request says. */
export type Surroundings = {
  /** Whether it is a git work tree, or a repository that is cloned. */
  readonly isRepository: boolean
  /** How the project is tested, and what told that; `null`: nothing tells. */
  readonly test: Told | null
  /** What makes a fresh workspace usable; `null`: nothing need be done, or nothing tells what. */
  readonly setup: (Told & { readonly key: readonly string[]; readonly cache: readonly string[] }) | null
  /** The commit at which the branch that is to be reviewed left its base; `null`: there is no such change. */
  readonly reviewFrom: string | null
}

/** A command, and where it is from: `the script "test" of package.json`. */
export type Told = { readonly run: string; readonly why: string }
