import type { OrchdError } from '../base/errors.ts'
import { createRedactor } from '../base/redact.ts'
import { stepId } from '../base/ids.ts'
import type { Config } from '../config/config.ts'
import { attemptFolder } from '../engine/attempts.ts'
import type { HolderInfo } from '../ports/client.ts'
import type { Committed } from '../ports/observer.ts'
import { factsOf } from '../run/facts.ts'
import { explain } from '../run/explain.ts'
import { toWire } from '../surfaces/http/wire.ts'
import { listenUnix } from '../surfaces/http/server.ts'
import { startHolder, type Holder } from './holder.ts'
import { checkPlanAside } from './check-aside.ts'
import type { CheckedPlan } from './plans.ts'
import { startTracing } from './tracing.ts'

export type ServeOptions = {
  readonly projectFolder: string
  readonly stateFolder: string
  readonly config: Config
  readonly env: { readonly [name: string]: string | undefined }
  readonly version: string
  readonly kind: HolderInfo['kind']
  readonly socketPath: string
  /** Only to look: nothing is taken up, started or traced. */
  readonly readOnly: boolean
  /** Trouble that nobody waits for, for the log. */
  readonly warn: (error: OrchdError) => void
  /** What is worth a line in the log. */
  readonly log: (line: string) => void
}

/** A holder that answers on its socket and sends its spans. */
export type Serving = Holder & {
  /** What was found in a plan that somebody sent, without the secrets that it quotes. */
  readonly shown: (checked: CheckedPlan) => CheckedPlan
}

/**
 * Becomes the holder, opens its socket and starts its tracing.
 *
 * @throws OrchdError STATE_BUSY when somebody else is the holder
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { projectFolder, stateFolder, socketPath, config, env, version, kind, log } = options
  const from = performance.now()
  const holder = await startHolder(options)
  const { engine, journal, clock, recovered } = holder
  const startedAt = new Date(clock.now()).toISOString()
  const tracing = startTracing(holder, options)
  const redactor = createRedactor(holder.secretValues)
  const shown = <Checked extends Pick<CheckedPlan, 'diagnostics'>>(checked: Checked): Checked => ({
    ...checked,
    diagnostics: checked.diagnostics.map((one) => ({
      ...one,
      message: redactor.text(one.message),
      ...(one.help === undefined ? {} : { help: redactor.text(one.help) }),
    })),
  })
  const server = await listenUnix(socketPath, {
    engine,
    readLog: holder.readLog,
    secretInputsOf: holder.secretInputsOf,
    now: () => clock.now(),
    info: () => ({
      version,
      state_folder: stateFolder,
      pid: process.pid,
      kind,
      limit: engine.limit,
      running: engine.running,
      started_at: startedAt,
    }),
    warn: options.warn,
    attemptsEnded: () => journal.attemptsEnded(),
    planOf: (run) => journal.runsLike(run, 1)[0]?.plan ?? '',
    history: (run, afterSeq) => journal.eventsOf(run, afterSeq),
    lastSeq: () => journal.lastSeq(),
    attemptFolder: (run, step, attempt) => attemptFolder(stateFolder, { runId: run.id, step: stepId(step), attempt }),
    explain: (run, step) => explain(run, stepId(step), engine.slots(), clock.now()),
    agents: holder.agents,
    diff: holder.diff,
    open: holder.open,
    trace: tracing.trace,
    report: (run, format) => holder.reports.text(run, format),
    collect: (wish, signal) => holder.collector.collect(wish, signal),
    checkPlan: async (bytes, inputs, simulate) =>
      shown(
        await checkPlanAside({
          bytes,
          file: 'plan',
          projectFolder,
          config,
          simulate,
          forRun: true,
          inputs,
          env,
          seesKeys: true,
        }),
      ),
    checkRequest: async (bytes, simulate) => {
      // Few daemons are asked in this way, and none needs it before.
      const { checkRequest } = await import('./requests.ts')
      const given = { bytes, file: 'request', projectFolder, config, simulate, forRun: true, env, seesKeys: true }
      return shown(await checkRequest(given))
    },
  })
  if (config.traceLogging) engine.observe((batch) => logFacts(batch, log))
  if (recovered.runs > 0) log(recoveryLine(recovered, performance.now() - from))
  return {
    ...holder,
    shown,
    close: async () => {
      await engine.drain()
      await server[Symbol.asyncDispose]()
      await tracing.close()
      await holder.close()
    },
  }
}

/** ENABLE_TRACE_LOGGING: every fact as a line of JSON, the same that streams tell. */
function logFacts(batch: readonly Committed[], log: (line: string) => void): void {
  for (const { entry, before, after } of batch) {
    for (const fact of factsOf(before, entry, after)) log(JSON.stringify(toWire(fact, entry.runId)))
  }
}

function recoveryLine({ runs, adopted, picked_up, unclaimed, lost }: Holder['recovered'], ms: number): string {
  const attempts = `${adopted} adopted, ${picked_up} picked up, ${unclaimed} begun, ${lost} lost`
  return `took up ${runs} unfinished ${runs === 1 ? 'run' : 'runs'}; steps in flight: ${attempts}, in ${Math.round(ms)} ms`
}
