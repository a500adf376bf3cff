import { existsSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { leaveHome, loginFile, makeHome } from '../agents/cli/home.ts'
import { findProgram } from '../agents/find-program.ts'
import { findProjectFolder } from '../config/folders.ts'
import { loadConfig } from '../config/load.ts'
import type { OpenedStep } from '../ports/client.ts'
import type { ReadySession } from '../surfaces/cli/deps.ts'
import { cliAgentNamed } from './agents.ts'

type Where = { readonly cwd: string; readonly env: { readonly [name: string]: string | undefined } }

/**
 * Makes an agent's session ready for a person: in its home is the person's login, as the agent had it, and the key of its
 * service is a variable. `null`: this agent cannot be started here, or knows no way.
 */
export function readySession(
  agentName: string,
  { id, home }: NonNullable<OpenedStep['session']>,
  { cwd, env }: Where,
): ReadySession | null {
  const { config } = loadConfig({ projectFolder: findProjectFolder(cwd), env })
  const named = cliAgentNamed(agentName, config, env)
  if (!named.ok) return null
  const agent = named.value
  const { protocol, key } = agent
  const resume = protocol.resume?.(id, agent) ?? null
  if (resume === null) return null
  const own = home === null ? null : protocol.home
  const file = own === null || key !== null ? null : loginFile(own, env)
  const login = own === null || file === null ? null : { name: own.login, file }
  if (home !== null) {
    leaveHome(home, login, true) // a login that was renewed there goes back before it would be replaced
    makeHome(home, login, true)
    for (const [name, text] of Object.entries(resume.files ?? {}))
      if (!existsSync(join(home, name))) writeFileSync(join(home, name), text, { mode: 0o600 })
  }
  const { programs } = resume
  const program = programs?.find((name) => findProgram(name, env['PATH']) !== null) ?? programs?.[0]
  const command = [...(program === undefined ? shortened(agent.command, env['PATH']) : [program]), ...resume.args]
  return {
    command,
    env: {
      ...resume.env,
      ...(key === null ? {} : { [key[0]]: key[1] }),
      ...agent.env,
      ...(own === null || home === null ? {} : { [own.variable]: home }),
    },
    shown: { ...resume.env, ...(own === null || home === null ? {} : { [own.variable]: home }) },
    end: () => {
      if (home !== null) leaveHome(home, login, true)
    },
  }
}

/** With the program's name alone where that finds the same. */
function shortened([program = '', ...words]: readonly string[], path: string | undefined): readonly string[] {
  const name = basename(program)
  return [findProgram(name, path) === program ? name : program, ...words]
}
