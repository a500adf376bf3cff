import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createInbox, type InboxOptions } from '../../src/surfaces/inbox/inbox.ts'
import { rejection } from '../../src/surfaces/inbox/rejection.ts'
import type { InboxEvent, Submit } from '../../src/surfaces/inbox/take-in.ts'

/** A plan that the test's engine accepts says so in its first line and in its last. */
export const goodPlan = (name: string): string => `plan: ${name}\nsteps: []\nend: ${name}\n`
export const badPlan = 'plan: bad\nsteps: wrong\n'

export type Rig = {
  readonly folder: string
  /** Beside the inbox, on the same disk. */
  readonly outside: string
  readonly events: InboxEvent[]
  /** What was submitted, by file name. */
  readonly submitted: { readonly name: string; readonly text: string }[]
  /** Writes elsewhere and moves in, as people should. */
  drop(name: string, text?: string): void
  /** Stops the inbox and waits until it has. */
  stop(): Promise<void>
  names(folder?: string): string[]
  json(path: string): Record<string, unknown>
}

/** A real inbox on a real folder, with an engine that accepts whole plans and remembers what it was given. */
export async function startInbox(
  options: Partial<InboxOptions> & { prepare?: (folder: string) => void } = {},
): Promise<Rig> {
  const outside = mkdtempSync(join(tmpdir(), 'orchd-inbox-'))
  const folder = options.folder ?? join(outside, 'inbox')
  const events: InboxEvent[] = []
  const submitted: { name: string; text: string }[] = []
  options.prepare?.(folder)
  const stopping = new AbortController()
  const inbox = createInbox({
    folder,
    submit: options.submit ?? acceptWholePlans(submitted),
    report: (event) => events.push(event),
    now: Date.now,
    settleMs: 60,
    rescanMs: 5000,
    ...options,
  })
  const running = inbox.run(stopping.signal)
  const stop = async (): Promise<void> => {
    stopping.abort()
    await running
  }
  onTestFinished(async () => {
    await stop()
    rmSync(outside, { recursive: true, force: true })
  })
  await until(() => events.length > 0)
  return {
    folder,
    outside,
    events,
    submitted,
    drop(name, text = goodPlan(name)) {
      writeFileSync(join(outside, 'draft'), text)
      renameSync(join(outside, 'draft'), join(folder, name))
    },
    stop,
    names: (below = '') => visible(join(folder, below)),
    json: (path) => JSON.parse(readFileSync(join(folder, path), 'utf8')),
  }
}

export function acceptWholePlans(submitted: { name: string; text: string }[]): Submit {
  const runs = new Map<string, string>()
  return async (bytes, name) => {
    const text = Buffer.from(bytes).toString()
    submitted.push({ name, text })
    if (!isWhole(text)) return { accepted: false, error: rejection(name, 'SCHEMA', 'not a whole plan', 'mend it') }
    const key = `${name}:${text}`
    const created = !runs.has(key)
    if (created) runs.set(key, `r${runs.size + 1}`)
    return { accepted: true, runId: runs.get(key) ?? '', created }
  }
}

export function isWhole(text: string): boolean {
  const first = /^plan: (.+)$/m.exec(text)?.[1]
  return first !== undefined && text.endsWith(`end: ${first}\n`)
}

/** Waits for a condition, looking every few milliseconds; fails after the deadline with what it waited for. */
export async function until(condition: () => boolean, deadlineMs = 10_000): Promise<void> {
  const end = performance.now() + deadlineMs
  while (!condition()) {
    if (performance.now() > end) throw new Error(`never became true: ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
}

function visible(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .toSorted()
  } catch {
    return [] // not there yet
  }
}
