import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, utimes } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { named, proxies, tokenFor } from '../credentials.ts'
import { git, type GitCall, GitError } from '../git.ts'
import type { Address } from './address.ts'
import { fetchError } from './fetch-error.ts'
import { sshCommand } from './ssh.ts'

export type CloneRequest = {
  readonly stateFolder: string
  readonly address: Address
  /** Is sent to the server that it is for, and to no other; `null`: the user's own logins have to do. */
  readonly token: { readonly server: string; readonly value: string } | null
  /** @default ten minutes */
  readonly timeLimitMs?: number
}

export type Clone = {
  readonly gitDir: string
  /** The branch that the remote is on: `main`. `null`: it has no commit yet. */
  readonly head: string | null
}

/** Where the branches of the remote are kept: those of results are beside them, and no fetch touches them. */
export const remoteRef = (branch: string): string => `refs/remotes/origin/${branch}`

const tenMinutesMs = 600_000

/** One fetch into a clone at a time; other holders have other state folders. */
const busy = new Map<string, Promise<unknown>>()

export const isFetching = (gitDir: string): boolean => busy.has(gitDir)

/**
 * A bare clone below the state folder, as the remote is now: made the first time, brought up to date each time after.
 *
 * @throws OrchdError CONTEXT_UNUSABLE with what to do
 */
export async function cloneOf(request: CloneRequest): Promise<Clone> {
  const { stateFolder, address } = request
  const name = createHash('sha256').update(address.url).digest('hex').slice(0, 16)
  const gitDir = join(stateFolder, 'clones', `${name}.git`)
  const before = busy.get(gitDir)
  const work = (async () => {
    await before?.catch(() => {}) // it tells its own run
    return upToDate(gitDir, request)
  })()
  busy.set(gitDir, work)
  try {
    return await work
  } finally {
    if (busy.get(gitDir) === work) busy.delete(gitDir)
  }
}

async function upToDate(gitDir: string, { address, token, timeLimitMs = tenMinutesMs }: CloneRequest): Promise<Clone> {
  const signal = AbortSignal.timeout(timeLimitMs)
  const call: GitCall = { env: await networkEnv(address, token), network: true, signal }
  try {
    const head = headIn((await git(['ls-remote', '--symref', '--', address.url, 'HEAD'], call)).stdout)
    if (existsSync(gitDir)) await fetchInto(gitDir, address, call)
    else await makeClone(gitDir, address, call)
    const now = new Date()
    await utimes(gitDir, now, now) // gc goes by it
    return { gitDir, head }
  } catch (error) {
    if (signal.aborted || error instanceof GitError) throw fetchError(address.url, error, timeLimitMs)
    throw error
  }
}

/** Whole or not at all: it is made beside its place. */
async function makeClone(gitDir: string, address: Address, call: GitCall): Promise<void> {
  const folder = dirname(gitDir)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const making = `${gitDir}.`
  for (const left of await readdir(folder)) {
    if (left.startsWith(basename(making))) await rm(join(folder, left), { recursive: true, force: true })
  }
  const made = `${making}${randomBytes(6).toString('hex')}`
  try {
    await git(['init', '--quiet', '--template=', '--bare', made])
    await git(['config', 'remote.origin.url', address.url], { env: { GIT_DIR: made } })
    await fetchInto(made, address, call)
    await rename(made, gitDir)
  } catch (error) {
    await rm(made, { recursive: true, force: true })
    throw error
  }
}

async function fetchInto(gitDir: string, { url }: Address, call: GitCall): Promise<void> {
  const what = [`+refs/heads/*:${remoteRef('*')}`, '+refs/tags/*:refs/tags/*']
  const args = ['fetch', '--quiet', '--prune', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head']
  await git([...args, '--', url, ...what], { ...call, env: { ...call.env, GIT_DIR: gitDir } })
}

const headIn = (listed: string): string | null => /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(listed)?.[1] ?? null

const usersOwn = ['HOME', 'XDG_CONFIG_HOME', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS', 'SSH_AUTH_SOCK']

/**
 * The user's own way to the network: settings, keys and helpers that nobody but him can write. Nothing may ask: there may
 * be nobody to answer.
 */
async function networkEnv(
  { url, protocols }: Address,
  token: CloneRequest['token'],
): Promise<{ readonly [name: string]: string }> {
  const isServers = token !== null && /^https?:/.test(url) && new URL(url).origin === new URL(token.server).origin
  const own = { ...named(usersOwn), ...proxies() }
  return {
    ...own,
    GIT_ALLOW_PROTOCOL: protocols,
    GIT_ASKPASS: 'true',
    GIT_SSH_COMMAND: await sshCommand(own),
    ...(isServers ? tokenFor(url, token.value) : {}),
  }
}
