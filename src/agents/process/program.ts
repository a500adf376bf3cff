import { fileURLToPath } from 'node:url'
import { findProgram } from '../find-program.ts'

/** How a launcher is started; `args` come before its own. */
export type LauncherProgram = { readonly command: string; readonly args: readonly string[] }

/** Beside this module, as it is in `dist/` and in a release; and there, too, when the source is run. */
const places = ['.', '../../../dist/src/agents/process']

/** The file of the launcher that was compiled with orchd (`launcher/`), for this machine; `null`: there is none. */
export function compiledLauncher(): string | null {
  const name = `launcher-${process.platform}-${process.arch}`
  const files = places.map((place) => fileURLToPath(new URL(`${place}/${name}`, import.meta.url)))
  return files.find((file) => findProgram(file, undefined) !== null) ?? null
}

/** @param perl runs the launcher in Perl, with this program; else it is the compiled one if there is one */
export function launcherProgram(perl?: string): LauncherProgram {
  const compiled = perl === undefined ? compiledLauncher() : null
  if (compiled !== null) return { command: compiled, args: [] }
  return { command: perl ?? 'perl', args: [fileURLToPath(new URL('launcher.pl', import.meta.url))] }
}
