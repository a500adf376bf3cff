import type { CostGroup, CostRow } from '../../../ports/costs.ts'
import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { Session } from '../follow/session.ts'
import { type Palette, paletteFor } from '../view/palette.ts'
import { costOfRow, tokensOfRow } from '../../../report/spent.ts'
import { safeLine } from '../view/safe-text.ts'
import { padColumns } from '../view/width.ts'

export type CostOptions = {
  /** A span of time, as it was written. */
  readonly since: string | null
  readonly by: CostGroup | null
  readonly json: boolean
  readonly state: string | null
}

/** `orchd cost [RUN]`: what agents used and what it cost, by agent, plan, day or step. */
export async function cost(
  deps: CliDeps,
  run: string | null,
  { since, by, json, state }: CostOptions,
): Promise<number> {
  await using session = await Session.open(deps, { state, mayHold: true, readOnly: true })
  const report = await session.client.costs({ run, since, by })
  if (json) {
    deps.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
    return exitCodes.ok
  }
  const paint = paletteFor(deps.stdout, deps.env)
  if (report.rows.length === 0) deps.stderr.write('no agent has worked\n')
  else for (const line of table(report.by, [...report.rows, report.total], paint)) deps.stdout.write(`${line}\n`)
  return exitCodes.ok
}

function table(by: CostGroup, rows: readonly CostRow[], paint: Palette): string[] {
  const cells = rows.map((row) => [safeLine(row.key, 60), String(row.attempts), tokensOfRow(row), costOfRow(row)])
  const heads = [by.toUpperCase(), 'ATTEMPTS', 'TOKENS', 'COST']
  const widths = heads.map((head, column) => Math.max(head.length, ...cells.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => padColumns(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [paint.faint(line(heads)), ...cells.map(line)]
}
