import { completionScript, type Shell } from '../../complete/scripts.ts'
import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'

/** `orchd completion SHELL`: the script with which a shell completes orchd's command lines. */
export function completion({ stdout }: CliDeps, shell: Shell): number {
  stdout.write(completionScript(shell))
  return exitCodes.ok
}
