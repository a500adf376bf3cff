import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { Session } from '../follow/session.ts'
import { safeLine } from '../view/safe-text.ts'

/** `orchd agents --release NAME`: what waits for that credential, or for that of that agent, goes on. */
export async function release(
  deps: CliDeps,
  name: string,
  { json, state }: { readonly json: boolean; readonly state: string | null },
): Promise<number> {
  await using session = await Session.open(deps, { state, mayHold: true })
  const released = await session.client.release(name)
  const words = released ? 'is used again' : 'was neither parked nor refused'
  deps.stdout.write(json ? `${JSON.stringify({ name, released })}\n` : `${safeLine(name, 64)} ${words}\n`)
  return exitCodes.ok
}
