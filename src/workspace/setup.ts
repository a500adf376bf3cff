import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { glob, mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { permissionsFrom } from '../plan/permissions.ts'
import type { Attempt } from '../ports/agent.ts'
import type { RunContext } from '../run/change.ts'
import type { AttemptResult } from '../run/attempt-result.ts'
import { matcherOf } from './globs.ts'
import type { WorkspacePaths } from './names.ts'
import type { Repository } from './repository.ts'
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
 * @param makePlace makes the workspace itself
 * @throws SetupFailed
 */
export async function setUp(
  attempt: Attempt,
  context: RunContext,
  commit: string,
  paths: WorkspacePaths,
  name: string,
  makePlace: () => Promise<void>,
  deps: SetupDeps,
): Promise<void> {
  const { setup, prefix } = context
  if (setup === undefined) return makePlace()
  const at = join(paths.tree, prefix)
  const keyFor = (owner: string): Promise<string> => keyOf(deps.repository, owner, context, commit)
  // What a setup without an agent's work left can be trusted by all: they get copies.
  const everybodys = await keyFor('')
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
    if (setup.cache.length === 0) return
    await keepIn(entry, at, setup.cache, deps.signal)
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
      return copyTree(`${entry}/.`, at, deps.signal)
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
    await copyTree(`${entry}/.`, join(paths.tree, context.prefix), signal)
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

/** Whole or not at all. Links and permissions stay, blocks are shared where the file system can. */
async function keepIn(entry: string, from: string, patterns: readonly string[], signal: AbortSignal): Promise<void> {
  const made = `${entry}.${randomBytes(6).toString('hex')}`
  await mkdir(made, { recursive: true, mode: 0o700 })
  try {
    for (const pattern of patterns) {
      for await (const path of glob(pattern, { cwd: from })) {
        const target = join(made, path)
        await mkdir(dirname(target), { recursive: true })
        await copyTree(join(from, path), target, signal)
      }
    }
    await rename(made, entry)
  } catch (error) {
    await rm(made, { recursive: true, force: true })
    if (!existsSync(entry)) throw error // else another holder's run was quicker
  }
}

async function copyTree(from: string, to: string, signal: AbortSignal): Promise<void> {
  await execa('cp', ['-a', '--reflink=auto', '--', from, to], { cancelSignal: signal, stdin: 'ignore' })
}
