import { extname, resolve } from 'node:path'
import type { ReportFormat } from '../../../ports/report.ts'
import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { Session } from '../follow/session.ts'
import { writeText } from '../write-text.ts'

export type ReportOptions = {
  /** `null`: as the name of the output file says, else Markdown. */
  readonly format: ReportFormat | null
  /** Where it is written; `null`: standard output. */
  readonly output: string | null
  readonly state: string | null
}

/** `orchd report RUN`: what a reviewer wants to know of a run, as a file. */
export async function report(deps: CliDeps, run: string, { format, output, state }: ReportOptions): Promise<number> {
  await using session = await Session.open(deps, { state, mayHold: true, readOnly: true })
  const text = await session.client.report(run, format ?? formatOf(output))
  if (output === null) deps.stdout.write(text)
  else {
    writeText(resolve(deps.cwd, output), text)
    deps.stderr.write(`wrote ${output}\n`)
  }
  return exitCodes.ok
}

const byEnding: { readonly [ending: string]: ReportFormat } = { '.json': 'json', '.html': 'html', '.htm': 'html' }
const formatOf = (output: string | null): ReportFormat => byEnding[extname(output ?? '').toLowerCase()] ?? 'markdown'
