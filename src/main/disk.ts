import { statfsSync } from 'node:fs'
import { OrchdError } from '../base/errors.ts'
import type { Actor } from '../ports/actor.ts'
import type { Clock, Timer } from '../ports/clock.ts'

const checkMs = 1000
const watchMs = 10_000

const freeBytes = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

/** Whether there is space to start something. Looks once a second at most, and only when something is about to start. */
export function diskWatermark(folder: string, lowBytes: number, clock: Clock): () => boolean {
  let checkedAt = Number.NEGATIVE_INFINITY
  let enough = true
  return () => {
    if (clock.now() - checkedAt >= checkMs) {
      enough = freeBytes(folder) >= lowBytes
      checkedAt = clock.now()
    }
    return enough
  }
}

/**
 * Fails with DISK_FULL, and ends the daemon with it, when the disk is all but full: while there is still room to write
 * down what is.
 */
export function diskGuard(folder: string, criticalBytes: number, clock: Clock): Actor {
  return {
    name: 'disk',
    run: (signal) =>
      new Promise((resolve, reject) => {
        let timer: Timer | null = null
        const look = (): void => {
          if (freeBytes(folder) >= criticalBytes) timer = clock.at(clock.now() + watchMs, look)
          else reject(allButFull(folder, criticalBytes))
        }
        const end = (): void => {
          timer?.cancel()
          resolve()
        }
        signal.addEventListener('abort', end, { once: true })
        look()
      }),
  }
}

function allButFull(folder: string, criticalBytes: number): OrchdError {
  const message = `less than ${Math.round(criticalBytes / 2 ** 20)} MB are free at "${folder}": the daemon stops`
  return new OrchdError('DISK_FULL', message, { help: 'free some disk space and start it again; running steps go on' })
}
