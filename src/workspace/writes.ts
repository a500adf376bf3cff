import type { Attempt } from '../ports/agent.ts'
import type { RunContext } from '../run/change.ts'
import type { AttemptResult } from '../run/attempt-result.ts'
import { matcherOf } from './globs.ts'
import type { Repository } from './repository.ts'

/** Holds a change to the globs that its step says it writes: what lies outside fails it, or is told with its success. */
export async function keepsToWrites(
  repository: Repository,
  { spec: { writes } }: Attempt,
  { prefix }: RunContext,
  result: AttemptResult,
  outside: 'error' | 'warning',
): Promise<AttemptResult> {
  const { change, outcome } = result
  if (writes.length === 0 || change === undefined || outcome !== 'success' || change.commit === change.base)
    return result
  const args = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', change.base, change.commit]
  const { stdout } = await repository.clean(args)
  const at = prefix === '' ? '' : `${prefix}/`
  const matches = matcherOf(writes)
  const found = stdout
    .split('\0')
    .filter((path) => path !== '' && !(path.startsWith(at) && matches(path.slice(at.length))))
  if (found.length === 0) return result
  const shown = found.slice(0, 5).join(', ')
  const changed = `it changed ${shown}${found.length > 5 ? ` and ${found.length - 5} more` : ''}, outside of its "writes"`
  if (outside === 'warning') {
    return { ...result, message: result.message === null ? changed : `${changed}; ${result.message}`.slice(0, 512) }
  }
  const message = `${changed}; if it may, name them there, or set writes_outside: warning in orchestrator_config.yaml`
  return { ...result, outcome: 'failure', cause: 'permission_denied', message }
}
