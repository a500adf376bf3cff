import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { permissionsFrom } from '../plan/permissions.ts'
import type { Attempt } from '../ports/agent.ts'
import type { RunContext } from '../run/change.ts'
import type { AttemptResult } from '../run/attempt-result.ts'
import { matcherOf } from './globs.ts'
import type { WorkspacePaths } from './names.ts'
import type { Repository } from './repository.ts'
import { bringFrom, keepIn } from './setup-copy.ts'
import { setupFolder, usingSetup, writeSetupNote } from './setup-cache.ts'

type SetupDeps = {
  readonly stateFolder: string
  readonly repository: Repository
  readonly placed: (attempt: Attempt) => Attempt
  readonly perform: (part: Attempt, makePlace: () => Promise<void>) => Promise<AttemptResult>
  readonly signal: AbortSignal
}

/** What a setup did not get done, as the result of the attempt that it was for. */
export class SetupFailed extends Error {
  readonly result: AttemptResult
  constructor(result: AttemptResult) {
    super('the setup of the workspace failed')
    this.result = result
  }
}

/** One setup of a key at a time: whoever comes meanwhile finds it in the cache. */
const running = new Map<string, Promise<void>>()

/**
 * Makes a fresh workspace usable: by what an earlier setup with the same key left in the cache, else by the command.
 *
 * @param makeFirst makes the workspace itself; what an earlier attempt set up may be in it still
 * @throws SetupFailed
 */
export async function setUp(
  attempt: Attempt,
  context: RunContext,
  commit: string,
  paths: WorkspacePaths,
  name: string,
  makeFirst: () => Promise<void>,
  deps: SetupDeps,
): Promise<void> {
  const { setup, prefix } = context
  if (setup === undefined) return makeFirst()
  const keyFor = (owner: string): Promise<string> => keyOf(deps.repository, owner, context, commit)
  // What a setup without an agent's work left can be trusted by all: they get copies.
  const everybodys = await keyFor('')
  let makePlace = makeFirst
  if (await isSetUp(paths, everybodys)) {
    await makeFirst()
    if (await isSetUp(paths, everybodys)) return
    makePlace = async () => {} // it was made anew
  }
  await running.get(everybodys)?.catch(() => {}) // it tells its own attempt
  const isThere = existsSync(join(setupFolder(deps.stateFolder), everybodys))
  const key = attempt.holdsAgentsWork && !isThere ? await keyFor(attempt.runId) : everybodys
  const entry = join(setupFolder(deps.stateFolder), key)
  const run = async (): Promise<void> => {
    const result = await deps.perform(setupPart(attempt, setup.run, name, deps), makePlace)
    if (result.outcome !== 'success') {
      const message = `setting its workspace up with \`${setup.run}\`: ${result.message ?? result.cause ?? ''}`
      throw new SetupFailed({ ...result, message: message.slice(0, 512) })
    }
    await writeFile(paths.setUp, everybodys)
    if (setup.cache.length === 0) return
    await keepIn(entry, { root: paths.tree, prefix }, setup.cache, deps.signal)
    writeSetupNote(deps.stateFolder, key, {
      command: setup.run,
      gitDir: context.gitDir,
      project: join(context.workTree, prefix),
      key: setup.key,
      run: key === everybodys ? null : attempt.runId,
    })
  }
  if (setup.cache.length === 0) return run()
  await running.get(key)?.catch(() => {})
  return usingSetup(deps.stateFolder, key, async () => {
    if (existsSync(entry)) {
      await makePlace()
      await bringFrom(entry, { root: paths.tree, prefix }, deps.signal)
      return writeFile(paths.setUp, everybodys)
    }
    const work = run()
    running.set(key, work)
    try {
      await work
    } finally {
      running.delete(key)
    }
  })
}

/** Whether the setup with this key was done in a workspace. */
const isSetUp = async ({ setUp: file }: WorkspacePaths, key: string): Promise<boolean> =>
  (await readFile(file, 'utf8').catch(() => null)) === key

/** Brings what the setup of a commit left in the cache into a workspace of it; false when there is nothing. */
export async function bringSetup({
  stateFolder,
  repository,
  context,
  commit,
  paths,
  signal,
}: {
  readonly stateFolder: string
  readonly repository: Repository
  readonly context: RunContext
  readonly commit: string
  readonly paths: WorkspacePaths
  readonly signal: AbortSignal
}): Promise<boolean> {
  const key = await keyOf(repository, '', context, commit)
  const entry = join(setupFolder(stateFolder), key)
  return usingSetup(stateFolder, key, async () => {
    if (!existsSync(entry)) return false
    await bringFrom(entry, { root: paths.tree, prefix: context.prefix }, signal)
    return true
  })
}

/**
 * Of the command and of the key files in the commit.
 *
 * @param owner the run, for what is set up where an agent was at work: no other run trusts it; else empty
 */
async function keyOf(
  repository: Repository,
  owner: string,
  { setup, prefix }: RunContext,
  commit: string,
): Promise<string> {
  const matches = matcherOf(setup?.key ?? [])
  const { stdout } = await repository.clean(['ls-tree', '-r', '-z', '--full-tree', commit])
  const at = prefix === '' ? '' : `${prefix}/`
  const files = stdout.split('\0').filter((line) => {
    const path = line.slice(line.indexOf('\t') + 1)
    return line !== '' && path.startsWith(at) && matches(path.slice(at.length))
  })
  const parts = [setup?.run, setup?.cache, files, process.platform, process.arch, owner]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}

/** What an agent may have changed is run in a sandbox, unless the step switches that off. */
function setupPart(attempt: Attempt, command: string, name: string, { placed }: SetupDeps): Attempt {
  const part = placed(attempt)
  const { confinement: _, verify: __, ...spec } = part.spec
  const isOff = part.spec.free === true || part.spec.afterAgents === null
  const confined = attempt.holdsAgentsWork && !isOff
  return {
    ...part,
    agent: 'shell',
    prompt: null,
    session: null,
    folder: join(part.folder, name),
    workingDirectory: join(part.root, attempt.context?.prefix ?? ''),
    spec: {
      ...spec,
      agent: 'shell',
      body: { kind: 'run', command },
      outputSchema: null,
      artifacts: [],
      ...(confined ? { confinement: { sandbox: 'required', permissions: permissionsFrom({}) } } : {}),
    },
  }
}
