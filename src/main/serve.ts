import { createHttp } from '../surfaces/http/server.ts'
import { socketPathOf } from '../surfaces/http/socket-path.ts'
import type { Config } from '../config/config.ts'
import type { OrchdError } from '../base/errors.ts'
import type { HolderInfo } from '../ports/client.ts'
import { startHolder, type Holder } from './holder.ts'
import { startTelemetry } from './tracing.ts'
import { checkPlanText } from './plans.ts'

export type ServeOptions = {
  readonly projectFolder: string
  readonly stateFolder: string
  readonly config: Config
  readonly env: { readonly [name: string]: string | undefined }
  readonly version: string
  readonly kind: HolderInfo['kind']
  warn(error: OrchdError): void
}

/** A holder that answers on its socket and exports its spans. */
export type Serving = Holder & { readonly socketPath: string }

/**
 * Becomes the holder, opens its socket and starts its tracing.
 *
 * @throws OrchdError STATE_BUSY when somebody else is the holder
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { projectFolder, stateFolder, config, env, version, kind } = options
  const holder = await startHolder(options)
  const { engine, journal, clock, readLog } = holder
  const startedAt = new Date(clock.now()).toISOString()
  const tracing = await startTelemetry({ config, env, version, journal, engine })
  const http = createHttp({
    engine,
    clock,
    readLog,
    stateFolder,
    version,
    info: () => ({ version, pid: process.pid, kind, limit: engine.limit, running: engine.running, started_at: startedAt }),
    history: (run, afterSeq) => journal.eventsOf(run).filter((entry) => entry.seq > afterSeq),
    lastSeq: () => journal.lastSeq(),
    trace: tracing.trace,
    checkPlan: (bytes, file, inputs, simulate) => checkPlanText({ bytes, file, inputs, simulate, projectFolder, config, forRun: true }),
  })
  const socketPath = socketPathOf(stateFolder)
  const server = await http.listenUnix(socketPath)
  return {
    ...holder,
    socketPath,
    close: async () => {
      await engine.drain()
      await server[Symbol.asyncDispose]()
      await tracing.close()
      await holder.close()
    },
  }
}
