import { isJsonObject, type Json } from '../base/json.ts'
import type { Attempt } from '../ports/agent.ts'
import type { AttemptResult } from '../run/attempt-result.ts'
import { independent, mergeHeads } from './merge.ts'
import type { Repository } from './repository.ts'
import { ownResult } from './result.ts'

/** The command of `integrate.verify`; `null`: there is none. */
export function verifyCommand(verify: Json): string | null {
  if (typeof verify === 'string') return verify
  const run = isJsonObject(verify) ? verify['run'] : null
  return typeof run === 'string' ? run : null
}

/** Runs the check on a commit, in a fresh workspace; `name` tells its runs apart. */
export type Check = (commit: string, name: string) => Promise<AttemptResult>

/**
 * Checks what steps came to together. When it is red, the steps' changes are added one by one, halving what is left each
 * time, until the one is found with which it became red.
 */
export async function verifyMerge(
  repository: Repository,
  attempt: Attempt,
  { base, heads, merged, command }: { base: string; heads: readonly string[]; merged: string; command: string },
  check: Check,
  signal: AbortSignal,
): Promise<AttemptResult | null> {
  const result = await check(merged, 'verify')
  if (result.outcome === 'success') return null
  if (result.outcome !== 'failure') return result
  const how = result.exitCode === null ? (result.cause ?? 'failure') : `exit code ${result.exitCode}`
  const red = (who: string, outputs: AttemptResult['outputs'] = {}): AttemptResult => ({
    ...ownResult('failure', 'verify_failed', `\`${command}\` is red on the merge (${how}): ${who}`),
    exitCode: result.exitCode,
    outputs,
  })
  const changes = await changesIn(repository, base, heads, signal)
  let [green, bad] = [-1, changes.length - 1]
  if (changes.length === 0) return red('no step changed anything')
  let round = 0
  const isRed = async (upTo: number): Promise<boolean | null> => {
    const commits = changes.slice(0, upTo + 1).map(({ commit }) => commit)
    const tree = upTo < 0 ? { ok: true as const, value: base } : await mergeHeads(repository, attempt, commits, signal)
    if (!tree.ok) return null
    const found = await check(tree.value, `bisect.${++round}`)
    if (found.outcome !== 'success' && found.outcome !== 'failure') throw new Stopped(found)
    return found.outcome === 'failure'
  }
  try {
    if ((await isRed(-1)) === true) return red('it is red before any step, too')
    while (bad - green > 1) {
      const middle = Math.floor((green + bad) / 2)
      // A part that git cannot merge tells nothing: it is taken for green, so that the search goes on behind it.
      if ((await isRed(middle)) === true) bad = middle
      else green = middle
    }
  } catch (error) {
    if (error instanceof Stopped) return error.result
    throw error
  }
  const { step } = changes[bad]!
  const before = changes.slice(0, bad).map((one) => `"${one.step}"`)
  const without = before.length === 0 ? 'without it' : `with ${before.join(', ')} alone`
  return red(`"${step}" broke it: it is green ${without}`, { guilty: step })
}

class Stopped extends Error {
  readonly result: AttemptResult
  constructor(result: AttemptResult) {
    super('stopped')
    this.result = result
  }
}

/** The changes of steps below the heads, in the order in which they build on each other. */
async function changesIn(
  repository: Repository,
  base: string,
  heads: readonly string[],
  signal: AbortSignal,
): Promise<readonly { readonly commit: string; readonly step: string }[]> {
  const found = new Map<string, string>()
  for (const head of await independent(repository, heads, signal)) {
    const format = '--format=%H %(trailers:key=Orchd-Step,valueonly,separator=%x2C)'
    const args = ['log', '--topo-order', '--reverse', '--no-merges', format, `${base}..${head}`]
    const { stdout } = await repository.clean(args, { signal })
    for (const line of stdout.split('\n')) {
      const [commit = '', step = ''] = line.split(' ', 2)
      if (step !== '') found.set(commit, step)
    }
  }
  return Array.from(found, ([commit, step]) => ({ commit, step }))
}
