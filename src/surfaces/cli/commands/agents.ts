import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { safeLine } from '../view/safe-text.ts'

/** `orchd agents`: who could do the work of steps here, what each can do, and what keeps it from that. */
export async function agents(deps: CliDeps, { json }: { readonly json: boolean }): Promise<number> {
  const all = await deps.agents()
  if (json) {
    const rows = all.map(({ name, capabilities, isExperimental, closed, maxParallel, credential, price }) => ({
      name,
      state: closed !== null ? 'unavailable' : isExperimental ? 'experimental' : 'ready',
      why: closed,
      capabilities,
      max_parallel: maxParallel,
      credential,
      price_usd: price,
    }))
    deps.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
    return exitCodes.ok
  }
  for (const { name, capabilities, isExperimental, closed, maxParallel } of all) {
    const state = closed !== null ? 'unavailable' : isExperimental ? 'experimental' : 'ready'
    const cap = maxParallel === null ? '' : `  at most ${maxParallel} at once`
    deps.stdout.write(
      `${safeLine(name, 64).padEnd(16)} ${state.padEnd(12)} ${safeLine(capabilities.join(', '), 120)}${cap}\n`,
    )
    if (closed !== null) deps.stdout.write(`${' '.repeat(17)}${safeLine(closed, 200)}\n`)
  }
  return exitCodes.ok
}
