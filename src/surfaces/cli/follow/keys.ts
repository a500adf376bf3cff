import type { Input } from '../deps.ts'
import { isInForeground } from './foreground.ts'

export type KeyHooks = {
  typed(text: string): void
  /** Ctrl-C, which is no signal while single keys are read. */
  interrupt(): void
  /** Ctrl-Z: the terminal is the shell's until `resumed`. */
  suspended(): void
  resumed(): void
}

/**
 * Reads single keys from a terminal until it is closed. Nothing that is typed shows up by itself, so that it cannot
 * tear the picture.
 */
export function readKeys(stdin: Input, hooks: KeyHooks): { close(): void } {
  const raw = (on: boolean): void => void stdin.setRawMode?.(on)
  const restore = (): void => raw(false)
  const wake = (): void => {
    if (isInForeground()) raw(true)
    hooks.resumed()
  }
  const read = (chunk: Buffer | string): void => {
    const text = chunk.toString()
    if (text.includes('\u0003')) hooks.interrupt()
    else if (text.includes('\u001a')) {
      raw(false)
      hooks.suspended()
      process.once('SIGCONT', wake)
      process.kill(0, 'SIGTSTP') // the whole group, as the terminal would
    } else if (text.includes('\u001c')) {
      raw(false)
      process.kill(0, 'SIGQUIT')
    } else if (!isSequence(text)) hooks.typed(text)
  }
  raw(true)
  process.once('exit', restore)
  stdin.on('data', read)
  stdin.resume()
  return {
    close() {
      process.removeListener('exit', restore)
      process.removeListener('SIGCONT', wake)
      stdin.removeListener('data', read)
      stdin.pause()
      raw(false)
    },
  }
}

/** Arrow and function keys come as sequences; a lone escape is the key itself. */
const isSequence = (text: string): boolean => text.length > 1 && text.startsWith('\u001b')
