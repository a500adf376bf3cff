import { findProgram } from '../agents/find-program.ts'
import { probeSandbox } from '../sandbox/probe.ts'

/** The program with which a sandbox has started: a yes is believed as long as the process lives. */
let works: string | null = null

/** Why no sandbox starts with the programs of this PATH; `null`: one does. */
export function sandboxProblem(path: string | undefined): { readonly message: string; readonly help: string } | null {
  const bwrap = findProgram('bwrap', path)
  if (bwrap !== null && bwrap === works) return null
  const tried = probeSandbox(bwrap)
  if (tried.works) works = bwrap
  return tried.works
    ? null
    : { message: tried.why, help: `${tried.help}, or let it work with all your rights: sandbox: "off"` }
}
