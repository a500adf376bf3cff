import type { CliDeps } from '../deps.ts'
import { exitCodes } from '../exit-code.ts'
import { holdOn } from '../follow/conclude.ts'
import { Session } from '../follow/session.ts'
import { safeLine } from '../view/safe-text.ts'

export type ReleaseOptions = { readonly json: boolean; readonly state: string | null }

/** `orchd agents --release CREDENTIAL`. Without a holder what waited for it goes on here. */
export async function release(deps: CliDeps, name: string, { json, state }: ReleaseOptions): Promise<number> {
  await using session = await Session.open(deps, { state, mayHold: true })
  const answer = await session.client.release(name)
  const credential = safeLine(answer.credential, 80)
  const words = answer.released ? 'is used again' : 'was neither parked nor stopped'
  deps.stdout.write(json ? `${JSON.stringify(answer)}\n` : `credential ${credential} ${words}\n`)
  await holdOn(deps, session)
  return exitCodes.ok
}
