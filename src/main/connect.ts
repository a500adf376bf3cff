import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { OrchdError } from '../base/errors.ts'
import { serviceVariables } from '../config/secrets.ts'
import type { Client } from '../ports/client.ts'
import type { Connection, ConnectOptions } from '../surfaces/cli/deps.ts'
import { createClient } from '../surfaces/http/client.ts'
import { socketPathOf } from '../surfaces/http/socket-path.ts'
import { loadSettings, type Settings } from './settings.ts'

export type ConnectContext = {
  readonly cwd: string
  readonly env: { readonly [name: string]: string | undefined }
  readonly version: string
  /** `bin/orchd.js`, for a daemon in the background. */
  readonly program: string
  readonly warn: (error: OrchdError) => void
  readonly log: (line: string) => void
}

/** A holder that begins or ends holds the lock for a moment in which nobody answers. */
const patienceMs = 15_000
const betweenTriesMs = 25

/** Joins the holder of the state folder, or becomes it. Both ways the caller talks to it over the socket. */
export async function connect(options: ConnectOptions, context: ConnectContext): Promise<Connection> {
  const settings = loadSettings({
    cwd: options.cwd ?? context.cwd,
    env: context.env,
    state: options.state,
    create: options.mayHold || options.detach === true,
  })
  const client = createClient({ socketPath: socketPathOf(settings.stateFolder), version: context.version })
  const deadline = Date.now() + patienceMs
  let started = false
  for (;;) {
    if (await answers(client)) return joined(client)
    if (options.detach === true) {
      if (!started) startDaemon(settings, context)
      started = true
    } else if (options.mayHold) {
      const connection = await hold(settings, context, options.readOnly === true)
      if (connection !== null) return connection
    } else throw new OrchdError('HOLDER_UNREACHABLE', `nobody holds "${settings.stateFolder}"`)
    if (Date.now() > deadline)
      throw new OrchdError('STATE_BUSY', `somebody holds "${settings.stateFolder}" but does not answer`)
    await delay(betweenTriesMs)
  }
}

async function answers(client: Client): Promise<boolean> {
  try {
    await client.info()
    return true
  } catch (error) {
    if (error instanceof OrchdError && error.code === 'HOLDER_UNREACHABLE') return false
    throw error
  }
}

const joined = (client: Client): Connection => ({
  client,
  holding: false,
  idle: () => Promise.resolve(),
  close: () => Promise.resolve(),
})

/**
 * Becomes the holder in this process; `null` when another was quicker. Who only looks listens where nobody else comes:
 * a holder that starts nothing is no use to others. The engine is loaded only here: most commands join.
 */
async function hold(settings: Settings, context: ConnectContext, readOnly: boolean): Promise<Connection | null> {
  const { serve } = await import('./serve.ts')
  const path = socketPathOf(settings.stateFolder)
  const socketPath = readOnly ? `${path}.${process.pid}` : path
  try {
    const { engine, close } = await serve({ ...settings, ...context, socketPath, kind: 'foreground', readOnly })
    const client = createClient({ socketPath, version: context.version })
    let closed: Promise<void> | null = null
    return { client, holding: true, idle: () => engine.whenIdle(), close: () => (closed ??= close()) }
  } catch (error) {
    if (error instanceof OrchdError && error.code === 'STATE_BUSY') return null
    throw error
  }
}

function startDaemon(settings: Settings, context: ConnectContext): void {
  const log = openSync(join(settings.stateFolder, 'daemon.log'), 'a', 0o600)
  const args = [context.program, 'daemon', '--exit-when-idle', '--state', settings.stateFolder]
  // Where this command is a service, or a part of one, the daemon is not.
  const env = Object.fromEntries(Object.entries(context.env).filter(([name]) => !serviceVariables.test(name)))
  spawn(process.execPath, args, {
    cwd: settings.projectFolder,
    env,
    detached: true,
    stdio: ['ignore', log, log],
  }).unref()
}
