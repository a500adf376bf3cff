import type { Output } from './deps.ts'

/**
 * Lets a reader of ours go away quietly (`orchd ps | head`). A command that goes on for long stops then (`onStop`), but
 * only for data: without a reader of its progress a run goes on.
 */
export function tolerateBrokenPipes({ stdout, stderr }: { readonly stdout: Output; readonly stderr: Output }): void {
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error) => {
      if (!isBrokenPipe(error)) throw error
    })
  }
}

/** EIO: the terminal is gone. */
export const isBrokenPipe = (error: Error): boolean =>
  'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED' || error.code === 'EIO')
