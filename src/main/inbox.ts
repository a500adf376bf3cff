import { createHash } from 'node:crypto'
import type { Actor } from '../ports/actor.ts'
import { visible } from '../plan/render/cells.ts'
import { createInbox, type InboxOptions } from '../surfaces/inbox/inbox.ts'
import { checkPlanAside } from './check-aside.ts'
import type { CheckedPlan } from './plans.ts'
import type { Serving } from './serve.ts'
import type { Settings } from './settings.ts'

type Options = {
  readonly settings: Settings
  readonly serving: Serving
  readonly env: { readonly [name: string]: string | undefined }
  readonly log: (line: string) => void
}

/** The watched folder as an actor of the daemon: a file's bytes and name are its idempotency key. */
export function createInboxActor({ settings, serving, env, log }: Options): Actor {
  const { engine, clock } = serving
  const path = env['PATH'] ?? null
  const check = async (bytes: Uint8Array, file: string): Promise<CheckedPlan> =>
    serving.shown(
      await checkPlanAside({
        ...settings,
        bytes,
        file,
        simulate: 'none',
        forRun: true,
        inputs: {},
        env,
        seesKeys: true,
      }),
    )
  const submit: InboxOptions['submit'] = async (bytes, fileName) => {
    const { plan, inputs, source, diagnostics } = await check(bytes, fileName)
    if (plan === null) {
      return { accepted: false, error: { valid: false, diagnostics, files: [{ file: fileName, valid: false }] } }
    }
    const key = createHash('sha256').update(bytes).update('\0').update(fileName).digest('hex')
    const submission = { plan, inputs, source, simulate: 'none' as const, path, requestId: null, key: `inbox:${key}` }
    return { accepted: true, ...(await engine.submit(submission)) }
  }
  return createInbox({
    folder: settings.config.inbox,
    submit,
    isValid: async (bytes, fileName) => (await check(bytes, fileName)).plan !== null,
    // Names of files are anybody's text: none may look like a line of ours.
    report: (event) => log(visible(line(event))),
    now: () => clock.now(),
  })
}

function line(event: Parameters<InboxOptions['report']>[0]): string {
  switch (event.type) {
    case 'watching':
      return `watching ${event.folder}`
    case 'accepted':
      return `accepted ${event.file}: run ${event.runId}${event.created ? '' : ' (the same plan was dropped before)'}`
    case 'rejected':
      return `rejected ${event.file}: ${event.error.diagnostics.length} mistakes`
    case 'trouble':
      return event.message
    case 'recovered':
      return `over: ${event.message}`
  }
}
