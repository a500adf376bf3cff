import { independent } from './merge.ts'
import type { Repository } from './repository.ts'

/** The commit that orchd made of what a step changed. */
export type StepCommit = { readonly commit: string; readonly step: string }

/** What one of several heads brings that none before it does, in the order in which the changes build on each other. */
export type Chain = { readonly head: string; readonly changes: readonly StepCommit[] }

/** The heads of a merge in its order, without those that bring nothing. */
export async function chainsOf(
  repository: Repository,
  base: string,
  heads: readonly string[],
  signal: AbortSignal,
): Promise<readonly Chain[]> {
  const chains: Chain[] = []
  const before = [base]
  for (const head of await independent(repository, heads, signal)) {
    const format = '--format=%H %(trailers:key=Orchd-Step,valueonly,separator=%x2C)'
    const not = before.map((commit) => `^${commit}`)
    const args = ['log', '--topo-order', '--reverse', '--no-merges', format, head, ...not]
    const { stdout } = await repository.clean(args, { signal })
    const changes = stdout.split('\n').flatMap((line) => {
      const [commit = '', step = ''] = line.split(' ', 2)
      return step === '' ? [] : [{ commit, step }]
    })
    if (changes.length > 0) chains.push({ head, changes })
    before.push(head)
  }
  return chains
}
