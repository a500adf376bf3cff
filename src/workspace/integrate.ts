import { join } from 'node:path'
import type { Attempt } from '../ports/agent.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Step } from '../plan/plan.ts'
import type { RunContext } from '../run/change.ts'
import type { AttemptResult } from '../run/attempt-result.ts'
import { capLeft } from '../run/usage.ts'
import { makeWorkspace, removeWorkspace, workspaceFor } from './checkout.ts'
import { givenUp, holdsConflict, keepEarlier, makeConflict, takeResolution } from './conflict.ts'
import { treeIn } from './extras.ts'
import { type Conflict, mergeHeads, type Resolved } from './merge.ts'
import { attemptRef, stepRef, workspacePaths } from './names.ts'
import { keep } from './refs.ts'
import type { Repository } from './repository.ts'
import { person, type Resolution, resolutionOf } from './resolutions.ts'
import { resolverPrompt } from './resolver-prompt.ts'
import { askingResult, conflictResult, ownResult, resolvedOutputs } from './result.ts'
import { changeOf } from './snapshot.ts'
import { setUp } from './setup.ts'
import { verifyCommand, verifyMerge } from './verify-merge.ts'

export type IntegrateDeps = {
  readonly stateFolder: string
  readonly repository: Repository
  readonly context: RunContext
  readonly signal: AbortSignal
  /**
   * Has a part of the attempt's work done by another adapter: taken up where an earlier holder had it begun, else begun
   * once its workspace is made.
   */
  readonly perform: (part: Attempt, makePlace: () => Promise<void>) => Promise<AttemptResult>
  /** The attempt with its workspace as root. */
  readonly placed: (attempt: Attempt) => Attempt
  /** Each agent's work is added here: it has to be paid for, whatever comes of the attempt. */
  readonly paid: AttemptResult[]
}

/**
 * Merges what an `integrate` step depends on, has conflicts resolved, and checks the result. All of it can be asked for
 * again after a crash: resolutions are kept as refs, and parts that run are taken up.
 */
export async function integrate(attempt: Attempt, deps: IntegrateDeps): Promise<AttemptResult> {
  const { stateFolder, repository, context, signal } = deps
  const { body } = attempt.spec
  if (body.kind !== 'integrate') throw new TypeError(`"${attempt.step}" integrates nothing`)
  const all = await mergeAll(attempt, body.onConflict, deps)
  if (!all.ok) return all.error
  const { merged, resolutions } = all.value
  await keepEarlier(repository, attempt, workspacePaths(stateFolder, attempt))
  const command = verifyCommand(body.verify)
  if (command !== null) {
    const red = await verifyMerge(
      repository,
      attempt,
      { base: context.base, heads: attempt.heads, merged, resolutions, command },
      (commit, name) => check(attempt, command, commit, name, deps),
      signal,
    )
    if (red !== null) return red
  }
  await keep(repository, [attemptRef(attempt), stepRef(attempt)], merged)
  const change = await changeOf(repository, context.base, merged)
  return { ...ownResult('success', null, null), outputs: resolvedOutputs(resolutions), change }
}

type Merged = { readonly merged: string; readonly resolutions: readonly Resolution[] }

async function mergeAll(
  attempt: Attempt,
  onConflict: 'ask' | 'fail' | 'resolve_with_agent',
  deps: IntegrateDeps,
): Promise<Result<Merged, AttemptResult>> {
  const { repository, context, signal } = deps
  if (attempt.heads.length === 0) return ok({ merged: context.base, resolutions: [] })
  const resolutions: Resolution[] = []
  for (let asked = false; ; asked = true) {
    const used: Resolved[] = []
    const merged = await mergeHeads(repository, attempt, attempt.heads, signal, (one) => used.push(one))
    for (const one of used.slice(resolutions.length)) {
      const resolution = await resolutionOf(repository, attempt, one, signal)
      resolutions.push(resolution)
      // An earlier holder had it resolved: it has to be paid for all the same.
      if (!asked && resolution.isOwn && resolution.by !== 'people')
        deps.paid.push(await workBefore(attempt, resolutions.length, deps))
    }
    if (merged.ok) return ok({ merged: merged.value, resolutions })
    const conflict = merged.error
    if (onConflict === 'fail') return err(conflictResult(conflict))
    const problem =
      onConflict === 'ask'
        ? await takePersons(attempt, conflict, deps)
        : await takeAgents(attempt, conflict, resolutions.length + 1, deps)
    if (problem !== null) return err(problem)
  }
}

/** What a person made of the conflict, once the gate is approved; before that, the question. */
async function takePersons(attempt: Attempt, conflict: Conflict, deps: IntegrateDeps): Promise<AttemptResult | null> {
  const { stateFolder, repository, signal } = deps
  const paths = workspacePaths(stateFolder, attempt)
  const isThere = await holdsConflict(paths, conflict)
  // A workspace that this attempt made, before a crash, is for a conflict that nobody has seen yet.
  const isResolved = isThere && ((await workspaceFor(paths)) ?? Infinity) <= (attempt.resolvedUpTo ?? 0)
  if (isResolved) {
    const tree = await treeIn(repository, attempt, paths)
    const taken = await takeResolution(repository, { ...attempt, agent: person }, conflict, tree, null)
    return taken.ok ? null : askingResult(attempt, conflict, paths.tree, taken.error)
  }
  if (!isThere) await makeConflict(repository, attempt, conflict, paths, signal)
  return askingResult(attempt, conflict, paths.tree, [])
}

async function takeAgents(
  attempt: Attempt,
  conflict: Conflict,
  number: number,
  deps: IntegrateDeps,
): Promise<AttemptResult | null> {
  const { stateFolder, repository, signal, perform, paid } = deps
  const left = capLeft(attempt.capUsd, paid)
  if (left !== null && left <= 0)
    return ownResult('failure', 'budget', 'its budget has nothing left to resolve another conflict')
  const paths = workspacePaths(stateFolder, attempt)
  const prompt = await resolverPrompt(repository, attempt, conflict)
  const part = { ...resolverPart(attempt, prompt, number, deps), capUsd: left }
  const result = await perform(part, () => makeConflict(repository, attempt, conflict, paths, signal))
  paid.push(result)
  if (result.outcome !== 'success')
    return { ...result, message: `resolving the conflict: ${result.message ?? result.cause}` }
  const tree = await treeIn(repository, attempt, paths)
  const lost = await givenUp(repository, conflict, tree)
  if (lost.length > 0) {
    const what = `what it brought to ${lost.slice(0, 5).join(', ')} is gone`
    const help = 'retry the step, or let a person resolve the conflict (on_conflict: ask)'
    return { ...conflictResult(conflict), message: `${attempt.agent} gave the merge up: ${what}; ${help}` }
  }
  const taken = await takeResolution(repository, attempt, conflict, tree, result.session ?? null)
  if (taken.ok) return null
  return {
    ...conflictResult(conflict),
    message: `${attempt.agent} left marks of the conflict in ${taken.error.slice(0, 5).join(', ')}`,
  }
}

/** A folder for each conflict, by its place in the merge: an earlier holder had the same ones resolved in the same. */
function resolverPart(attempt: Attempt, prompt: string, number: number, { placed }: IntegrateDeps): Attempt {
  const part = placed(attempt)
  const spec: Step = { ...part.spec, body: { kind: 'prompt', prompt } }
  return { ...part, spec, prompt, folder: join(part.folder, `resolve.${number}`) }
}

/** What an agent told whose work is taken already. */
async function workBefore(attempt: Attempt, number: number, deps: IntegrateDeps): Promise<AttemptResult> {
  const gone = new Error('there is nothing left of it')
  return deps
    .perform(resolverPart(attempt, '', number, deps), () => Promise.reject(gone))
    .catch((error: unknown) => {
      if (error === gone) return ownResult('error', 'daemon_lost', null)
      throw error
    })
}

/** Runs the command on a commit in a fresh workspace. What it leaves there is nobody's change. */
async function check(
  attempt: Attempt,
  command: string,
  commit: string,
  name: string,
  { stateFolder, repository, context, signal, placed, perform }: IntegrateDeps,
): Promise<AttemptResult> {
  const paths = workspacePaths(stateFolder, attempt)
  const part = placed(attempt)
  const { spec, folder } = part
  const shellPart: Attempt = {
    ...part,
    agent: 'shell',
    prompt: null,
    session: null,
    folder: join(folder, name),
    spec: { ...spec, agent: 'shell', body: { kind: 'run', command }, outputSchema: null, artifacts: [] },
  }
  const makePlace = (): Promise<void> => makeWorkspace(repository, attempt, commit, paths, signal)
  const result = await perform(shellPart, () =>
    setUp(attempt, context, commit, paths, `${name}.setup`, makePlace, {
      stateFolder,
      repository,
      placed,
      perform,
      signal,
    }),
  )
  if (result.outcome === 'success') await removeWorkspace(paths)
  return result
}
