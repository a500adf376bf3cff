import type { Command } from 'commander'
import { candidatesFor } from '../../complete/candidates.ts'
import { wantedOf } from '../../complete/wanted.ts'
import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { safeLine } from '../view/safe-text.ts'

/** Nobody waits longer for a Tab. */
const patienceMs = 1000
const mostShown = 1000

/**
 * `orchd __complete -- WORD...`: what may stand for the last word, one a line, a tab and a word about it behind; or
 * `:plans`, `:files`, `:folders` for files that the shell knows better. Whatever goes wrong, it says nothing.
 */
export async function complete(deps: CliDeps, program: Command, words: readonly string[]): Promise<number> {
  const { wanted, current, prefix, state } = wantedOf(program, words)
  const timer = setTimeout(() => process.exit(exitCodes.ok), patienceMs)
  try {
    const { candidates, files } = await candidatesFor(wanted, deps.names({ state }), Date.now())
    const fitting = candidates.filter(({ value }) => value.startsWith(current)).slice(0, mostShown)
    const lines = fitting.map(({ value, about }) => `${prefix}${safeLine(value)}\t${safeLine(about, 80)}`.trimEnd())
    deps.stdout.write([...lines, ...(files === null ? [] : [`:${files}`])].map((line) => `${line}\n`).join(''))
  } catch {
    // A Tab is no place for messages.
  } finally {
    clearTimeout(timer)
  }
  return exitCodes.ok
}
