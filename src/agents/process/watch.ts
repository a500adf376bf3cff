import { type FSWatcher, watch } from 'node:fs'

/** How long a change may go unseen when the file system does not tell. */
const lookEveryMs = 1000

/** Calls `look` soon after something changes in a folder, and every so often anyway. The result ends it. */
export function watchFolder(folder: string, look: () => void, everyMs: number = lookEveryMs): () => void {
  let over = false
  const looking = (): void => {
    if (!over) look()
  }
  let watcher = openWatcher(folder, looking)
  const timer = setInterval(() => {
    watcher ??= openWatcher(folder, looking)
    looking()
  }, everyMs)
  return () => {
    over = true
    watcher?.close()
    clearInterval(timer)
  }
}

function openWatcher(folder: string, look: () => void): FSWatcher | null {
  try {
    return watch(folder, look).on('error', () => {})
  } catch {
    return null // no more inotify watches, or no such folder: the timer does it alone
  }
}
