import { readableLines } from '../agents/cli/readable.ts'
import { findProjectFolder } from '../config/folders.ts'
import { loadConfig } from '../config/load.ts'
import { protocolNamed } from './agents.ts'

type Where = { readonly cwd: string; readonly env: { readonly [name: string]: string | undefined } }

/** How the log of an agent's steps is made readable; `null`: it is as it is. A mistake in the registry is told elsewhere. */
export function readableLog(agent: string, { cwd, env }: Where): ((line: string) => readonly string[]) | null {
  if (agent === 'shell' || agent === 'simulated') return null
  const { config } = loadConfig({ projectFolder: findProjectFolder(cwd), env })
  const protocol = config.agents.get(agent)?.type === 'simulated' ? null : protocolNamed(agent, config)
  // What tells all at its end is for people already, or one object.
  return protocol === null || !protocol.isStream ? null : readableLines(protocol.parse)
}
