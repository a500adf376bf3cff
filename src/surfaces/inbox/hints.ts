import { realpathSync } from 'node:fs'
import { watch } from 'chokidar'

/** `appeared`: a name came, went or was replaced; `written`: the content or the attributes of a file changed. */
export type Hint = 'appeared' | 'written'

export type Hints = {
  /** `name` is null when something happened to no name in particular. */
  readonly onHint: (name: string | null, hint: Hint) => void
  /** Hints may have been lost: what they told so far proves nothing any more. */
  readonly onLoss: () => void
  readonly onReady: () => void
  readonly onError: (error: unknown) => void
}

/** The kernel drops events when 16,384 wait (fs.inotify.max_queued_events); this many in one turn are near enough. */
const suspiciousBurst = 4096

/**
 * Watches one folder, not what is below it. Hints come in the order in which the kernel saw things happen; they may be
 * missing (network file systems), so a caller also looks for itself now and then.
 */
export function watchFolder(folder: string, { onHint, onReady, onLoss, onError }: Hints): { close(): Promise<void> } {
  const root = realpathSync(folder)
  let burst = 0
  // Everything but the folder is ignored: its own watch already names the files, and no file is ever opened or followed.
  const watcher = watch(root, {
    ignored: (path) => path !== root,
    ignoreInitial: true,
    depth: 0,
    followSymlinks: false,
  })
  watcher.on('raw', (event, path) => {
    if (burst++ === 0) setImmediate(() => (burst = 0))
    if (burst === suspiciousBurst) onLoss()
    onHint(typeof path === 'string' ? path : null, event === 'change' ? 'written' : 'appeared')
  })
  watcher.on('ready', onReady)
  watcher.on('error', onError)
  return watcher
}
