import { isJsonObject, type Json } from '../base/json.ts'
import type { Attempt } from '../ports/agent.ts'
import type { AttemptResult } from '../run/attempt-result.ts'
import { blame, type Blame, type IsRed } from './blame.ts'
import { chainsOf, type StepCommit } from './chains.ts'
import { mergeHeads } from './merge.ts'
import type { Repository } from './repository.ts'
import type { Resolution } from './resolutions.ts'
import { ownResult } from './result.ts'

/** The command of `integrate.verify`; `null`: there is none. */
export function verifyCommand(verify: Json): string | null {
  if (typeof verify === 'string') return verify
  const run = isJsonObject(verify) ? verify['run'] : null
  return typeof run === 'string' ? run : null
}

/** Runs the check on a commit, in a fresh workspace; `name` tells its runs apart. */
export type Check = (commit: string, name: string) => Promise<AttemptResult>

type Merge = {
  readonly base: string
  readonly heads: readonly string[]
  readonly merged: string
  /** Of what git alone could not merge. */
  readonly resolutions: readonly Resolution[]
  readonly command: string
}

/**
 * Checks what steps came to together. When it is red, the check runs on parts of it, until the step is found with which it
 * became red, or the steps that are red only together. `null`: it is green.
 */
export async function verifyMerge(
  repository: Repository,
  attempt: Attempt,
  { base, heads, merged, resolutions, command }: Merge,
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
  const chains = await chainsOf(repository, base, heads, signal)
  if (chains.length === 0) return red('no step changed anything')
  const known = new Map([[merged, true]])
  const isRed: IsRed = async (commits) => {
    const together = commits.length === 0 ? base : await mergedOf(repository, attempt, commits, signal)
    if (together === null) return null
    const before = known.get(together)
    if (before !== undefined) return before
    const found = await check(together, `bisect.${known.size}`)
    if (found.outcome !== 'success' && found.outcome !== 'failure') throw new Stopped(found)
    known.set(together, found.outcome === 'failure')
    return found.outcome === 'failure'
  }
  try {
    if ((await isRed([])) === true) return red('it is red before any step, too')
    const found = await blame(chains, isRed)
    return red(words(found, resolutions), outputsOf(found))
  } catch (error) {
    if (!(error instanceof Stopped)) throw error
    const { result: part } = error
    // That the merge is red is known all the same.
    return isTooSlow(part) ? red(`who broke it was not found, a check of a part of it ${part.message}`) : part
  }
}

async function mergedOf(
  repository: Repository,
  attempt: Attempt,
  commits: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  const merged = await mergeHeads(repository, attempt, commits, signal)
  return merged.ok ? merged.value : null
}

class Stopped extends Error {
  readonly result: AttemptResult
  constructor(result: AttemptResult) {
    super('stopped')
    this.result = result
  }
}

/** Its own limit of time, and not that of the run. */
const isTooSlow = ({ cause, message }: AttemptResult): boolean =>
  cause === 'timeout' && message?.startsWith('took longer than ') === true

function words({ suspects, green, together }: Blame, resolutions: readonly Resolution[]): string {
  if (together.length > 0) {
    const [guilty, others] = [suspects.map(quoted).join(''), together.map(quoted)]
    const how = howResolved([...together, ...suspects], resolutions)
    if (others.length > 1) return `${guilty} is red only together with ${others.join(', ')}${how}`
    return `${others[0]} and ${guilty} are red only together, each is green without the other${how}`
  }
  const without = green.length === 0 ? 'without it' : `with ${green.map(quoted).join(', ')} alone`
  return `${suspects.map(quoted).join(' or ')} broke it: it is green ${without}`
}

/** Where the changes of these were in conflict, that may be what is wrong. */
function howResolved(changes: readonly StepCommit[], resolutions: readonly Resolution[]): string {
  const steps = new Set(changes.map(({ step }) => step))
  const found = resolutions.find(({ sides }) => sides.every((side) => side.some((step) => steps.has(step))))
  return found === undefined ? '' : `; ${found.by} resolved their conflict in ${found.files.slice(0, 5).join(', ')}`
}

/** Nobody is accused who may not be guilty. */
function outputsOf({ suspects, together }: Blame): AttemptResult['outputs'] {
  const [guilty, ...more] = suspects
  if (guilty === undefined || more.length > 0) return {}
  return { guilty: guilty.step, ...(together.length === 0 ? {} : { guilty_with: together.map(({ step }) => step) }) }
}

const quoted = ({ step }: StepCommit): string => `"${step}"`
