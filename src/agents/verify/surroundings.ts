import { permissionsFrom, narrowed } from '../../plan/permissions.ts'
import type { Permissions } from '../../plan/plan.ts'
import type { Attempt } from '../../ports/agent.ts'
import type { CliAgent } from '../cli/agent.ts'
import { programFiles } from '../cli/program-files.ts'
import { findProgram } from '../find-program.ts'

/** What a check has in common with the agent whose work it checks. */
export type Surroundings = {
  readonly permissions: Permissions
  /** What the agent sees beside the folder of the work: its interpreter mostly is that of the check, too. */
  readonly reads: readonly string[]
}

/** @param agent `null`: none that is confined */
export function surroundingsOf(
  { spec, path, root }: Attempt,
  agent: CliAgent | null,
  around: { readonly stateFolder: string; readonly baseEnv: { readonly [name: string]: string } },
): Surroundings {
  const permissions = permissionsFrom(narrowed(agent?.permissions ?? {}, spec.permissions ?? {}))
  const { PATH: usual, HOME: home } = around.baseEnv
  const where = path ?? usual
  const program = findProgram(agent?.command[0] ?? '', where)
  const keepOut = [around.stateFolder, root, ...(home === undefined ? [] : [home])]
  const files = program === null ? [] : programFiles(program, where, keepOut)
  return { permissions, reads: [...(agent?.visible ?? []), ...files.filter((file) => !file.startsWith(`${root}/`))] }
}
