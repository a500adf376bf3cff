import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { RequestDocument } from '../plan/generated/request-document.ts'
import type { Surroundings, Told } from '../plan/request/surroundings.ts'
import { detect } from '../surfaces/init/detect.ts'
import type { Found } from '../surfaces/init/detect/found.ts'
import { projectFiles } from '../surfaces/init/detect/project-files.ts'
import { isUrl } from '../workspace/clone/address.ts'
import { git } from '../workspace/git.ts'

/** Looks at the place that a request is about: whether git is there, and how the project is made ready and tested. */
export async function surroundingsOf(
  { context = {} }: RequestDocument,
  projectFolder: string,
  testCommand: string | null,
): Promise<Surroundings> {
  const { repository = '.' } = context
  if (isUrl(repository)) return { isRepository: true, test: toldTest(context.test_command, testCommand), setup: null, reviewFrom: null } // prettier-ignore
  const folder = resolve(projectFolder, repository)
  const isRepository = existsSync(folder) && (await isWorkTree(folder))
  const detected = detect(projectFiles(folder))
  return {
    isRepository,
    test: toldTest(context.test_command, testCommand) ?? detected.test,
    setup: setupOf(detected.found),
    reviewFrom: isRepository ? await forkOf(folder, context) : null,
  }
}

function toldTest(ofRequest: string | undefined, ofConfiguration: string | null): Told | null {
  if (ofRequest !== undefined) return { run: ofRequest, why: 'the request says so' }
  return ofConfiguration === null ? null : { run: ofConfiguration, why: 'test_command of the configuration' }
}

/** What the kinds leave in the project's own folder; other package managers keep theirs elsewhere, and fetch by themselves. */
const leaves: { readonly [kind: string]: readonly string[] } = { node: ['node_modules'], php: ['vendor'], python: [] }
const manifests = ['package.json', 'package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock', 'bun.lock', 'composer.json', 'composer.lock'] // prettier-ignore

function setupOf(found: readonly Found[]): Surroundings['setup'] {
  const setups = found.flatMap(({ id, setup }) =>
    setup !== null && id in leaves ? [{ ...setup, cache: leaves[id] ?? [] }] : [],
  )
  if (setups.length === 0) return null
  const cache = setups.flatMap((setup) => setup.cache)
  return {
    run: setups.map(({ run }) => run).join(' && '),
    why: setups.map(({ why }) => why).join(', '),
    key: cache.length === 0 ? [] : manifests,
    cache,
  }
}

async function isWorkTree(folder: string): Promise<boolean> {
  const { exitCode, stdout } = await ask(folder, ['rev-parse', '--is-inside-work-tree'])
  return exitCode === 0 && stdout.trim() === 'true'
}

/** The commit at which a branch left its base (or HEAD), unless it is the branch's last. */
async function forkOf(
  folder: string,
  { base = 'HEAD', branch }: NonNullable<RequestDocument['context']>,
): Promise<string | null> {
  if (branch === undefined) return null
  const fork = await ask(folder, ['merge-base', '--', base, branch])
  const tip = await ask(folder, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${branch}^{commit}`])
  return fork.exitCode === 0 && tip.exitCode === 0 && fork.stdout !== tip.stdout ? fork.stdout.trim() : null
}

const ask = (cwd: string, args: readonly string[]): ReturnType<typeof git> =>
  git(['-c', 'safe.directory=*', ...args], { cwd, codes: [0, 1, 128] })
