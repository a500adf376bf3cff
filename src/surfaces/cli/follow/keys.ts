import type { Input } from '../deps.ts'

/** What was typed ahead, before the question could be seen, is no answer to it. */
const deafMs = 300

export type Keys = {
  /** Listens while a question is open, and not otherwise: what is typed then belongs to the shell. */
  listen(on: boolean): void
}

/** Reads single keys from a terminal. `typed` gets text; Ctrl-C comes as `interrupt`, as in raw mode it is no signal. */
export function readKeys(stdin: Input, typed: (text: string) => void, interrupt: () => void): Keys {
  let since: number | null = null
  const read = (chunk: Buffer | string): void => {
    const text = chunk.toString()
    if (text.includes('\u0003')) interrupt()
    // Arrow and function keys come as sequences; a lone escape is the key itself.
    else if (since !== null && Date.now() - since >= deafMs && !isSequence(text)) typed(text)
  }
  const restore = (): void => void stdin.setRawMode?.(false)
  return {
    listen(on) {
      if (on === (since !== null)) return
      since = on ? Date.now() : null
      stdin.setRawMode?.(on)
      if (on) {
        process.once('exit', restore)
        stdin.on('data', read)
        stdin.resume()
      } else {
        process.removeListener('exit', restore)
        stdin.removeListener('data', read)
        stdin.pause()
      }
    },
  }
}

const isSequence = (text: string): boolean => text.length > 1 && text.startsWith('\u001b')
