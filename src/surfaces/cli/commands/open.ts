import { spawn } from 'node:child_process'
import { shellWord } from '../../../base/shell-word.ts'
import type { OpenedStep } from '../../../ports/client.ts'
import type { CliDeps, ReadySession } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { Session } from '../follow/session.ts'

export type OpenOptions = { readonly print: boolean; readonly state: string | null }

/**
 * `orchd open RUN STEP`: a shell where a step worked, in which its agent's session can be gone on with; with `--print` only
 * where that is, and how.
 */
export async function open(deps: CliDeps, run: string, step: string, { print, state }: OpenOptions): Promise<number> {
  const opened = await ask(deps, run, step, state)
  const { agent, session, folder } = opened
  const ready = agent === null || session === null ? null : await deps.readySession(agent, session)
  const prints = print || deps.stdout.isTTY !== true
  for (const line of [placeLine(opened), ...setupLines(opened), sessionLine(opened, ready, prints)])
    if (line !== null) deps.stderr.write(`${line}\n`)
  if (prints) {
    deps.stdout.write(`${folder}\n`)
    return exitCodes.ok
  }
  deps.stderr.write('leave the shell to come back\n')
  try {
    await shellIn(deps, folder, ready?.env ?? {})
  } finally {
    ready?.end()
  }
  return exitCodes.ok
}

async function ask(deps: CliDeps, run: string, step: string, state: string | null): Promise<OpenedStep> {
  await using session = await Session.open(deps, { state, mayHold: true, readOnly: true })
  return await session.client.open(run, step)
}

async function shellIn(deps: CliDeps, cwd: string, more: ReadySession['env']): Promise<void> {
  const env: { [name: string]: string | undefined } = { ...deps.env }
  for (const [name, value] of Object.entries(more)) env[name] = value ?? undefined
  const shell = spawn(deps.env['SHELL'] ?? '/bin/sh', [], { cwd, env, stdio: 'inherit' })
  await new Promise((resolve, reject) => shell.once('close', resolve).once('error', reject))
}

const placeLine = ({ step, workspace }: OpenedStep): string =>
  ({
    kept: `the workspace of "${step}", as its last attempt left it`,
    made_again: `the workspace of "${step}", made again from what it came to`,
    none: `"${step}" worked here, in no workspace of its own`,
  })[workspace]

const setupLines = ({ setup }: OpenedStep): readonly string[] =>
  setup === null ? [] : [`what sets it up has not run here: ${setup}`]

/** A session needs its home: in the shell a variable names it, elsewhere it has to be said. */
function sessionLine({ agent, no_session: why }: OpenedStep, ready: ReadySession | null, says: boolean): string | null {
  if (agent === null || agent === 'shell') return null
  if (ready !== null) {
    const variables = says ? Object.entries(ready.shown).map(([name, value]) => `${name}=${shellWord(value)}`) : []
    return `to go on in the session of ${agent}: ${[...variables, ...ready.command.map(shellWord)].join(' ')}`
  }
  return {
    at_work: `${agent} is at work here: its session can be gone on with when it has ended`,
    elsewhere: `the session of ${agent} is of the workspace that steps of the run share, and cannot be gone on with here`,
    gone: `the session of ${agent} is gone`,
    no_sessions: `${agent} has no session that can be resumed`,
  }[why ?? 'no_sessions']
}
