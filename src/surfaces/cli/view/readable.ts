/** Whole lines of a log as lines for people; a line may be none, or several. */
export type ReadableLines = (line: string) => readonly string[]

/** Chunks of a log in, text for people out. `null`: the log is for people as it is. */
export function readableStream(lines: ReadableLines | null): { push(chunk: string): string; end(): string } {
  let rest = ''
  const told = (whole: readonly string[]): string =>
    whole
      .flatMap((line) => (line === '' ? [] : (lines?.(line) ?? [line])))
      .map((line) => `${line}\n`)
      .join('')
  return {
    push(chunk) {
      if (lines === null) return chunk
      const whole = (rest + chunk).split('\n')
      rest = whole.pop() ?? ''
      return told(whole)
    },
    end: () => told([rest]),
  }
}
