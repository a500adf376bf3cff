import { fail, ok, warn, type Check } from './check.ts'
import type { HolderInfo } from '../../ports/client.ts'
import type { Facts } from './facts.ts'

const othersMayEnter = 0o077
const everyoneMayWrite = 0o002

/** The state folder, who holds it, its disk, and the inbox. */
export function folderChecks(facts: Facts): readonly Check[] {
  return [stateCheck(facts), holderCheck(facts), diskCheck(facts), inboxCheck(facts)]
}

function stateCheck({ stateFolder, stateProbe: { isThere, isFolder, isOurs, isWritable, mode } }: Facts): Check {
  const other = 'name another one with --state DIR'
  if (!isThere) {
    if (isWritable) return ok('state', `${stateFolder} (will be made)`)
    return fail('state', `${stateFolder} cannot be made: no permission`, other)
  }
  if (!isFolder) return fail('state', `${stateFolder} is not a folder`, `move it away, or ${other}`)
  if (!isOurs) return fail('state', `${stateFolder} belongs to another user`, other)
  if (!isWritable) return fail('state', `${stateFolder} cannot be written`, `chmod u+w it, or ${other}`)
  if ((mode & othersMayEnter) !== 0)
    return warn('state', `${stateFolder} can be entered by others`, `chmod 700 ${stateFolder}`)
  return ok('state', stateFolder)
}

function holderCheck({ holder, version }: Facts): Check {
  if (holder === null) return ok('holder', 'none: the next command that needs one becomes it')
  const who = `${holderWords[holder.kind]} (pid ${holder.pid}, orchd ${holder.version})`
  if (holder.version === version) return ok('holder', who)
  return warn('holder', `${who} is another version than this one (${version})`, 'restart it: running steps go on')
}

const holderWords: Readonly<Record<HolderInfo['kind'], string>> = {
  daemon: 'the daemon',
  background: 'a daemon in the background that ends when idle',
  foreground: 'a command in the foreground',
}

function diskCheck({ stateProbe: { freeBytes }, diskLowBytes, diskCriticalBytes }: Facts): Check {
  if (freeBytes === null) return ok('disk', 'free space not known here')
  const free = `${megabytes(freeBytes)} free`
  if (freeBytes < diskCriticalBytes)
    return fail('disk', `${free}, less than ${megabytes(diskCriticalBytes)}: the daemon stops`, 'free some space')
  if (freeBytes < diskLowBytes)
    return fail('disk', `${free}, less than ${megabytes(diskLowBytes)}: no step starts`, 'free some space')
  return ok('disk', free)
}

function inboxCheck({ inbox, inboxProbe: { isThere, isFolder, isWritable, mode } }: Facts): Check {
  if (!isThere) return ok('inbox', `${inbox} (the daemon will make it)`)
  if (!isFolder) return fail('inbox', `${inbox} is not a folder`, 'move it away, or set "inbox" in the configuration')
  if (!isWritable)
    return fail('inbox', `${inbox} cannot be written, so no plan can be taken out of it`, `chmod u+w ${inbox}`)
  if ((mode & everyoneMayWrite) !== 0)
    return fail('inbox', `every user may write into ${inbox}, so nothing is taken from it`, `chmod o-w ${inbox}`)
  return ok('inbox', inbox)
}

const megabytes = (bytes: number): string => `${Math.floor(bytes / 1024 / 1024)} MB`
