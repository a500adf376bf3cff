import type { Chain, StepCommit } from './chains.ts'

/** Whether a check of these commits together is red; `null`: git alone cannot merge them, so that nobody knows. */
export type IsRed = (commits: readonly string[]) => Promise<boolean | null>

/** Steps are in the order in which they were added. */
export type Blame = {
  /** With one of them it became red; several where git alone cannot merge what would tell them apart. */
  readonly suspects: readonly StepCommit[]
  /** What is green without them. */
  readonly green: readonly StepCommit[]
  /** Without any of these it is green, too. */
  readonly together: readonly StepCommit[]
}

/**
 * Who made a merge red that is green without all of them: first the head with which it became red, then the change below
 * it, halving what is left each time. That one is then tried without the others; where it is green, so are they looked for
 * without which it is not red. Heads are added whole, since it is these that are known to merge.
 */
export async function blame(chains: readonly Chain[], isRed: IsRed): Promise<Blame> {
  const heads = chains.map(({ head }) => head)
  const at = await firstRed(chains.length, (last) => isRed(heads.slice(0, last + 1)))
  const before = chains.slice(0, at.red)
  const changes = chains[at.red]!.changes
  const on = heads.slice(0, at.red)
  const within = await firstRed(changes.length, (last) => isRed([...on, ...commitsOf(changes.slice(0, last + 1))]))
  const suspects = changes.slice(within.green + 1, within.red + 1)
  const green = [...before.flatMap((chain) => chain.changes), ...changes.slice(0, within.green + 1)]
  const guilty = changes[within.red]!
  if (suspects.length > 1) return { suspects, green, together: [] }
  const others = [
    ...before.map(({ head, changes: all }) => ({ commit: head, changes: all })),
    ...changes.slice(0, within.red).map((change) => ({ commit: change.commit, changes: [change] })),
  ]
  return { suspects, green, together: (await needed(guilty, others, isRed)).flatMap((one) => one.changes) }
}

type Other = { readonly commit: string; readonly changes: readonly StepCommit[] }

/** Those of the others without which a change is not red. */
async function needed(guilty: StepCommit, others: readonly Other[], isRed: IsRed): Promise<readonly Other[]> {
  let found: readonly Other[] = []
  let left = others
  while (left.length > 0 && (await isRed(commitsOf([...found, guilty]))) !== true) {
    const { red } = await firstRed(left.length, (last) =>
      isRed(commitsOf([...left.slice(0, last + 1), ...found, guilty])),
    )
    found = [left[red]!, ...found]
    left = left.slice(0, red)
  }
  return found
}

/**
 * The first of so many, of which the last is red, with which it is; and the last before it that is known to be green, -1
 * where there is none. A part that cannot be merged tells nothing: the search goes on behind it.
 */
async function firstRed(
  count: number,
  isRed: (last: number) => Promise<boolean | null>,
): Promise<{ readonly red: number; readonly green: number }> {
  let [low, green, red] = [-1, -1, count - 1]
  while (red - low > 1) {
    const middle = Math.floor((low + red) / 2)
    const found = await isRed(middle)
    if (found === true) red = middle
    else low = middle
    if (found === false) green = middle
  }
  return { red, green }
}

const commitsOf = (of: readonly { readonly commit: string }[]): readonly string[] => of.map(({ commit }) => commit)
