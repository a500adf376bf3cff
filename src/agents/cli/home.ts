import { chmodSync, copyFileSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Home, Launch } from './agent.ts'

/** Where the file with the person's login is; `null` when nobody has told us a home. */
export function loginFile(home: Home, env: { readonly [name: string]: string | undefined }): string | null {
  const own = env[home.variable] ?? (env['HOME'] === undefined ? null : join(env['HOME'], home.usual))
  return own === null ? null : join(own, home.login)
}

/**
 * A home of its own for a step: neither settings nor sessions of the person reach the agent, nor its own the person, and
 * agents that run at once do not meet. Only the login is the person's, by a link.
 *
 * @param keep what an earlier attempt left there stays: its session is gone on with
 * @throws the system's error, for example when the disk is full
 */
export function makeHome(
  home: string,
  login: { readonly name: string; readonly file: string } | null,
  keep: boolean,
): void {
  if (!keep) rmSync(home, { recursive: true, force: true })
  mkdirSync(home, { recursive: true, mode: 0o700 })
  if (login === null) return
  rmSync(join(home, login.name), { recursive: true, force: true })
  symlinkSync(login.file, join(home, login.name))
}

/**
 * Puts in what the agent finds there. An earlier attempt may have left a link in the place of a file, to have it written
 * elsewhere.
 *
 * @throws the system's error, for example when the disk is full
 */
export function furnishHome(home: string, { files, folders }: Pick<Launch, 'files' | 'folders'>): void {
  for (const name of [...folders, ...Object.keys(files)]) rmSync(join(home, name), { recursive: true, force: true })
  for (const name of folders) mkdirSync(join(home, name), { mode: 0o700 })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text, { mode: 0o600, flag: 'wx' })
}

/**
 * What is left of the home when an attempt is over: all of it when a later one may go on there (`keep`), else nothing,
 * because its transcripts hold what the log must not show. An agent that renewed the login and put a file in the link's
 * place has made the person's own worthless: the new one goes where the old one was.
 */
export function leaveHome(
  home: string,
  login: { readonly name: string; readonly file: string } | null,
  keep: boolean,
): void {
  if (login !== null) takeBack(join(home, login.name), login.file)
  try {
    if (!keep) rmSync(home, { recursive: true, force: true })
  } catch {
    // A disk that fails: nobody but its owner can enter the folder.
  }
}

/** The person's home may be on another file system; what is in the way of the new login must not cost the old one. */
function takeBack(renewed: string, login: string): void {
  const draft = `${login}.orchd`
  try {
    if (lstatSync(renewed, { throwIfNoEntry: false })?.isFile() !== true) return
    copyFileSync(renewed, draft)
    chmodSync(draft, 0o600)
    renameSync(draft, login)
    rmSync(renewed)
  } catch {
    rmSync(draft, { force: true })
  }
}
