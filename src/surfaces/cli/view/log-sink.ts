import type { Output } from '../deps.ts'
import type { Palette } from './palette.ts'
import { safeStream } from './safe-text.ts'
import { padColumns } from './width.ts'

/** Where the output of steps goes: a writer for each attempt that is shown. */
export type LogSink = (step: string) => { write(chunk: string): void; end(): void }

/** One step's output: on a terminal without what could attack it, in a pipe or a file as it is. */
export function rawSink(out: Output, { color }: Palette): LogSink {
  return () => {
    if (out.isTTY !== true) return { write: (chunk) => void out.write(chunk), end() {} }
    const safe = safeStream(color)
    return {
      write: (chunk) => void out.write(safe.push(chunk)),
      end: () => void out.write(`${safe.end()}${color ? '\u001b[0m' : ''}`),
    }
  }
}

/** Many steps' output: whole lines, each behind the id of its step. */
export function prefixedSink(out: Output, paint: Palette, width: number): LogSink {
  return lineSink((step, line) => {
    const reset = paint.color ? '\u001b[0m' : ''
    out.write(`${paint.faint(`${padColumns(step, width)} │`)} ${line}${reset}\n`)
  }, paint.color)
}

/** Each line as `{run_id, step, text}`. */
export function jsonSink(out: Output, run: string): LogSink {
  return lineSink((step, text) => void out.write(`${JSON.stringify({ run_id: run, step, text })}\n`), false)
}

function lineSink(print: (step: string, line: string) => void, color: boolean): LogSink {
  return (step) => {
    const safe = safeStream(color)
    let rest = ''
    const take = (text: string): void => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) print(step, line)
    }
    return {
      write: (chunk) => take(safe.push(chunk)),
      end() {
        take(safe.end())
        if (rest !== '') print(step, rest)
        rest = ''
      },
    }
  }
}
