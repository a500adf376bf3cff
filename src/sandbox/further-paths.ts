import { lstatSync, readlinkSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { err, ok, type Result } from '../base/result.ts'
import type { SandboxRequest } from '../ports/sandbox.ts'
import type { Link, SandboxPaths } from './argv.ts'
import type { Protected } from './paths.ts'

type Further = Pick<SandboxPaths, 'links' | 'readOnly' | 'writable'>

/** Folders in which every sandbox finds what the machine has there. */
const seenAnyway = /^\/(?:usr|bin|sbin|lib|lib32|lib64|libx32|opt|nix|proc|dev)(?:\/|$)/
/** More links than any path leads through that is none in a circle. */
const mostLinks = 40

/**
 * What a request shows beside the machine and the folder of the work. An error names what is wished for and may not be shown:
 * what holds the home folder, and what holds or is something of orchd's own.
 */
export function furtherPaths(request: SandboxRequest, kept: Protected, home: string): Result<Further, string> {
  const { permissions, sharedObjects, wished } = request
  const showsGit = permissions.fileSystem !== 'none' && permissions.gitOperations !== 'none'
  const objects = showsGit && sharedObjects !== null ? [sharedObjects] : []
  const orchds = [kept.stateFolder, kept.inbox, kept.configFile].map(realPath)
  const wrong = [...wished.readOnly, ...wished.writable]
    .flatMap((path) => walked(path))
    .find(
      ({ path }) =>
        [realPath(home), ...orchds].some((one) => isWithin(one, path)) || orchds.some((one) => isWithin(path, one)),
    )
  if (wrong !== undefined) return err(`${wrong.path} holds what no sandbox may see`)
  const readOnly = [...objects, ...request.readOnly, ...wished.readOnly].flatMap((path) => walked(path))
  const writable = [...request.writable, ...wished.writable].flatMap((path) => walked(path))
  const root = realPath(request.root)
  const isThere = ({ path }: Link): boolean =>
    seenAnyway.test(path) || (permissions.fileSystem !== 'none' && isWithin(path, root))
  const links = [...readOnly, ...writable].flatMap((walk) => walk.links).filter((link) => !isThere(link))
  return ok({
    links: links.filter(({ path }, at) => links.findIndex((other) => other.path === path) === at),
    readOnly: outermost(readOnly.map(({ path }) => path).filter((path) => !seenAnyway.test(path))),
    writable: outermost(writable.map(({ path }) => path)),
  })
}

/** Where a path leads, and the links on its way; nothing when it leads nowhere. */
function walked(path: string): readonly { readonly path: string; readonly links: readonly Link[] }[] {
  const links: Link[] = []
  let done = ''
  let rest = resolve(path).split('/').slice(1)
  while (rest.length > 0) {
    const [name = '', ...further] = rest
    const here = `${done}/${name}`
    const text = linkText(here)
    if (text === null) return []
    if (text === undefined) {
      done = here
      rest = further
    } else {
      links.push({ path: here, text })
      if (links.length > mostLinks) return []
      rest = [...resolve(dirname(here), text).split('/').slice(1), ...further]
      done = ''
    }
  }
  return [{ path: done, links }]
}

/** `null`: there is nothing; `undefined`: no link. */
function linkText(path: string): string | null | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined
  } catch {
    return null // not there
  }
}

/** What lies in another one of them needs no mount of its own. */
const outermost = (paths: readonly string[]): readonly string[] =>
  [...new Set(paths)].filter((path) => !paths.some((other) => other !== path && isWithin(path, other)))

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(join(folder, '/'))

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path // it is not there yet
  }
}
