import type { RunFact } from '../../../ports/client.ts'
import type { Output } from '../deps.ts'
import { factLine } from '../view/ndjson.ts'
import type { Palette } from '../view/palette.ts'
import { plainLine } from '../view/plain.ts'
import type { RunView } from '../view/run-view.ts'

/** Where a run that is followed shows up. */
export type Display = {
  /** A fact came; `view` has taken it in. */
  fact(view: RunView, fact: RunFact): void
  /** A word to the person, apart from the facts. */
  note(text: string): void
  /** Leaves the terminal as it should be left. May be called twice. */
  close(): void
}

/** One line per fact, for logs and CI. `label` tells runs apart when several are followed. */
export function plainDisplay(stderr: Output, paint: Palette, label = ''): Display {
  const write = (line: string): boolean => stderr.write(`${label}${line}\n`)
  return {
    fact(view, fact) {
      const line = plainLine(view, fact, paint)
      if (line !== null) write(line)
    },
    note: write,
    close() {},
  }
}

/** Every fact as a line of JSON on standard output; words go to standard error. */
export function jsonDisplay(stdout: Output, stderr: Output): Display {
  return {
    fact: (_view, fact) => void stdout.write(factLine(fact)),
    note: (text) => void stderr.write(`${text}\n`),
    close() {},
  }
}
