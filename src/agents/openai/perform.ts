import { assertNever } from '../../base/result.ts'
import type { Drive } from '../driver/drive.ts'
import type { Call, Done, Wish } from './calls.ts'
import { change } from './patch/change.ts'
import { Files } from './patch/files.ts'
import type { OpenAiTask } from './task.ts'
import type { Surroundings } from './tools/run.ts'
import { runShell } from './tools/shell.ts'

type Work = { readonly task: OpenAiTask; readonly around: Surroundings; readonly drive: Drive }

/** Does what a call asks for, one thing after the other, and tells of each. What goes wrong is for the model to know. */
export async function perform({ id, wish }: Call, work: Work): Promise<Done> {
  if (!wish.ok) return refused(id, null, wish.error, work.drive)
  const { tool } = wish.value
  const { may } = work.task
  if (tool === 'shell' && !may.shell) return denied(id, tool, 'this step may not run commands', work.drive)
  if (tool === 'apply_patch' && !may.patch) return denied(id, tool, 'this step may not change files', work.drive)
  switch (tool) {
    case 'shell':
      return runCommands(id, wish.value, work)
    case 'apply_patch':
      return applyPatch(id, wish.value, work)
    default:
      return assertNever(tool)
  }
}

/** It was not offered, but asked for all the same. */
function denied(id: string, tool: string, why: string, drive: Drive): Done {
  drive.tell({ type: 'permission', tool, message: why })
  return refused(id, tool, why, drive)
}

function refused(id: string, name: string | null, why: string, { tell }: Drive): Done {
  tell({ type: 'tool', id, name, status: 'failed', detail: why })
  return { tool: null, why }
}

async function runCommands(
  id: string,
  { commands, timeoutMs, outputLength }: Extract<Wish, { readonly tool: 'shell' }>,
  { task, around, drive }: Work,
): Promise<Done> {
  const { tell, cancelled } = drive
  const limits = { timeoutMs: Math.min(timeoutMs ?? task.commandTimeoutMs, task.commandTimeoutMs), outputLength }
  const ran = []
  for (const [at, command] of commands.entries()) {
    if (cancelled.aborted) break
    const each = { type: 'tool', id: commands.length === 1 ? id : `${id}.${at + 1}`, name: 'shell' } as const
    tell({ ...each, status: 'started', detail: command })
    const one = await whileAlive(drive, runShell(around, command, limits, cancelled))
    drive.note({ type: 'output', id: each.id, stdout: one.stdout, stderr: one.stderr, exit_code: one.exitCode })
    const why = one.exitCode === null ? `it took more than ${limits.timeoutMs / 1000} s` : `exit code ${one.exitCode}`
    tell({ ...each, status: one.exitCode === 0 ? 'succeeded' : 'failed', detail: one.exitCode === 0 ? null : why })
    ran.push(one)
  }
  return { tool: 'shell', ran }
}

async function applyPatch(
  id: string,
  { operations }: Extract<Wish, { readonly tool: 'apply_patch' }>,
  { task, around, drive: { tell, cancelled } }: Work,
): Promise<Done> {
  const files = new Files(around, cancelled)
  const results = []
  for (const [at, operation] of operations.entries()) {
    const each = { type: 'tool', id: operations.length === 1 ? id : `${id}.${at + 1}`, name: 'apply_patch' } as const
    tell({ ...each, status: 'started', detail: `${operation.type.replace('_file', '')} ${operation.path}` })
    const result = await change(task.folder, operation, files)
    tell({ ...each, status: result.ok ? 'succeeded' : 'failed', detail: result.ok ? null : result.error })
    results.push(result)
  }
  return { tool: 'apply_patch', results }
}

/** A command has a limit of its own: however silent it is, it is no standstill. */
async function whileAlive<T>({ alive }: Drive, work: Promise<T>): Promise<T> {
  const timer = setInterval(alive, 1000)
  return work.finally(() => clearInterval(timer))
}
