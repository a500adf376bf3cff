import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { CliAgent, Protocol } from '../../src/agents/cli/agent.ts'
import type { CliOptions } from '../../src/agents/cli.ts'
import { findProgram } from '../../src/agents/find-program.ts'
import { permissionsFrom } from '../../src/plan/permissions.ts'
import type { Confinement, PermissionWords } from '../../src/plan/plan.ts'
import type { Attempt } from '../../src/ports/agent.ts'
import { createSandbox } from '../../src/sandbox/sandbox.ts'
import { cliRig, type CliRig } from './cli-rig.ts'
import { plainEnv } from './rig.ts'

export const confinement = (
  sandbox: Confinement['sandbox'] = 'required',
  words: PermissionWords = {},
): Confinement => ({
  sandbox,
  permissions: permissionsFrom(words),
})

/** A stand-in for an agent that works in `project`, confined, for a person with a home folder. */
export function confinedRig(
  protocol: Protocol,
  agent: Partial<CliAgent> = {},
  { bwrap = true, ...options }: Partial<CliOptions> & { readonly bwrap?: boolean } = {},
): CliRig & { readonly project: string; readonly home: string } {
  const { PATH: path = '', ...env } = plainEnv()
  const baseEnv: Record<string, string> = { ...env, PATH: path }
  // Made when the rig has its folder: the sandbox must know it.
  let made: ReturnType<typeof createSandbox> | null = null
  const sandbox = {
    availability: () => made!.availability(),
    wrap: (request: Parameters<NonNullable<typeof made>['wrap']>[0]) => made!.wrap(request),
  }
  const rig = cliRig({
    protocol,
    baseEnv,
    sandbox,
    agent: { visible: [resolve('test/fixtures')], ...agent },
    ...options,
  })
  const [project, home] = [join(rig.folder, 'project'), join(rig.folder, 'person')]
  mkdirSync(project)
  mkdirSync(join(home, '.claude'), { recursive: true })
  writeFileSync(join(home, '.claude', '.credentials.json'), 'the login')
  writeFileSync(join(home, '.claude', 'history'), 'what the person said')
  baseEnv['HOME'] = home
  made = createSandbox({
    stateFolder: join(rig.folder, 'runs'),
    inbox: join(project, 'inbox'),
    configFile: join(project, 'orchestrator_config.yaml'),
    baseEnv,
    find: (name) => (name === 'bwrap' && !bwrap ? null : findProgram(name, path)),
    home,
  })
  return Object.assign(rig, { project, home })
}

export const inProject = ({ project }: { readonly project: string }, spec: Partial<Attempt['spec']>): object => ({
  spec,
  rest: { root: project, workingDirectory: project },
})
