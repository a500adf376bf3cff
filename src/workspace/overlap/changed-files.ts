import { type RunId, stepId } from '../../base/ids.ts'
import { refsOf, stepRef } from '../names.ts'
import type { Repository } from '../repository.ts'

/** What a step changed. */
export type StepChange = { readonly step: string; readonly attempt: number; readonly paths: readonly string[] }

/** Of a change that is larger, the rest is not looked at. */
export const mostPaths = 2000

/**
 * The files that the steps of a run have changed, by file: so that to look for others who changed the same costs what
 * the change is large, however many steps there are.
 */
export class ChangedFiles {
  readonly #steps = new Map<string, StepChange>()
  readonly #byPath = new Map<string, Set<string>>()

  /** What a step came to, in place of what it came to before. */
  set(change: StepChange): void {
    for (const path of this.#steps.get(change.step)?.paths ?? []) this.#byPath.get(path)?.delete(change.step)
    this.#steps.set(change.step, change)
    for (const path of change.paths) {
      const steps = this.#byPath.get(path)
      if (steps === undefined) this.#byPath.set(path, new Set([change.step]))
      else steps.add(change.step)
    }
  }

  /** Steps that changed some of the files, with which ones. */
  sharing(paths: readonly string[]): ReadonlyMap<StepChange, readonly string[]> {
    const found = new Map<StepChange, string[]>()
    for (const path of paths) {
      for (const step of this.#byPath.get(path) ?? []) {
        const change = this.#steps.get(step)
        if (change !== undefined) found.set(change, [...(found.get(change) ?? []), path])
      }
    }
    return found
  }
}

/** Reads them from the refs of a run: what an earlier holder has seen is there. */
export async function changedFilesOf(repository: Repository, runId: RunId): Promise<ChangedFiles> {
  const step = '%(contents:trailers:key=Orchd-Step,valueonly,separator=)'
  const args = ['for-each-ref', `--format=%(objectname)%09%(refname)%09${step}`, refsOf(runId)]
  const refs = (await repository.main(args)).stdout.split('\n').map((line) => line.split('\t'))
  const attempts = new Map(
    refs.flatMap(([commit = '', ref = '', name = '']) => {
      const own = name === '' ? null : `${stepRef({ runId, step: stepId(name) })}@`
      return own !== null && ref.startsWith(own) ? [[`${commit} ${name}`, Number(ref.slice(own.length))] as const] : []
    }),
  )
  const steps = new Map(
    refs.flatMap(([commit = '', ref = '', name = '']) => {
      const attempt = attempts.get(`${commit} ${name}`)
      const isResult = attempt !== undefined && ref === stepRef({ runId, step: stepId(name) })
      return isResult ? [[commit, { step: name, attempt, paths: [] as string[] }] as const] : []
    }),
  )
  const changed = new ChangedFiles()
  if (steps.size === 0) return changed
  const input = Array.from(steps.keys(), (commit) => `${commit}\n`).join('')
  const tree = ['diff-tree', '--stdin', '-r', '-z', '--name-only', '--no-renames']
  let current: { readonly paths: string[] } | undefined
  for (const part of (await repository.clean(tree, { input })).stdout.split('\0')) {
    const next = steps.get(part)
    if (next !== undefined) current = next
    else if (part !== '' && current !== undefined && current.paths.length < mostPaths) current.paths.push(part)
  }
  for (const change of steps.values()) changed.set(change)
  return changed
}
