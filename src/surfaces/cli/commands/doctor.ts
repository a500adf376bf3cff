import type { CliDeps } from '../deps.ts'

/** `orchd doctor`: what is configured from where, and what is missing. */
export async function doctor(
  deps: CliDeps,
  { json, state }: { readonly json: boolean; readonly state: string | null },
): Promise<number> {
  const report = await deps.doctor({ state })
  deps.stdout.write(json ? `${JSON.stringify(report.json, null, 2)}\n` : `${report.text.trimEnd()}\n`)
  return report.exitCode
}
