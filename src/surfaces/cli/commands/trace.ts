import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { Session } from '../follow/session.ts'

export type TraceOptions = { readonly export: boolean; readonly json: boolean; readonly state: string | null }

/** `orchd trace RUN`: the trace id and where it can be looked at; `--export` sends the spans again. */
export async function trace(deps: CliDeps, run: string, options: TraceOptions): Promise<number> {
  await using session = await Session.open(deps, { state: options.state, mayHold: true, readOnly: true })
  const { run_id: id } = await session.client.run(run)
  const info = await session.client.trace(id, { export: options.export })
  if (options.json) deps.stdout.write(`${JSON.stringify({ run_id: id, ...info }, null, 2)}\n`)
  else {
    deps.stdout.write(`${info.trace_id}\n${info.url === null ? '' : `${info.url}\n`}`)
    if (info.exported !== null) deps.stderr.write(`${info.exported} spans were sent\n`)
    if (info.url === null) deps.stderr.write('no link: orchd doctor shows how traces are configured\n')
  }
  return exitCodes.ok
}
