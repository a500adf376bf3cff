import { isAbsolute, relative, resolve } from 'node:path'
import type {
  PermissionOptionKind,
  RequestPermissionRequest,
  RequestPermissionResponse,
} from '@agentclientprotocol/sdk'
import type { AgentEvent } from '../events.ts'
import type { AcpPermissions } from './task.ts'

export type Decision = {
  readonly response: RequestPermissionResponse
  /** What is to be told of it; nothing of what is allowed. */
  readonly events: readonly AgentEvent[]
}

const cancelled: RequestPermissionResponse = { outcome: { outcome: 'cancelled' } }

/**
 * Answers an agent that asks whether it may, as the permissions of the registry say. Options have ids of the agent's own:
 * the answer is chosen by their kind, and never for longer than this once where there is a choice.
 *
 * @param folder in which it works: files elsewhere are refused
 */
export function decide(request: RequestPermissionRequest, permissions: AcpPermissions, folder: string): Decision {
  const why = refusal(request, permissions, folder)
  const { toolCall, options } = request
  const wanted: readonly PermissionOptionKind[] =
    why === null ? ['allow_once', 'allow_always'] : ['reject_once', 'reject_always']
  const option = wanted.flatMap((kind) => options.filter((one) => one.kind === kind))[0]
  const response: RequestPermissionResponse =
    option === undefined ? cancelled : { outcome: { outcome: 'selected', optionId: option.optionId } }
  if (why === null && option !== undefined) return { response, events: [] }
  const tool = toolCall.name ?? toolCall.kind ?? 'a tool'
  const message = [toolCall.title, why ?? 'it offers no way to allow it'].filter((part) => part).join(': ')
  return { response, events: [{ type: 'permission', tool, message }] }
}

/** Why it may not, in words; `null`: it may. */
function refusal({ toolCall }: RequestPermissionRequest, permissions: AcpPermissions, folder: string): string | null {
  const { fileSystem, shellCommands, network } = permissions
  switch (toolCall.kind) {
    case 'think':
      return null
    case 'read':
    case 'search':
      return fileSystem === 'none' ? 'file_system is none' : null
    case 'edit':
    case 'delete':
    case 'move':
      if (fileSystem !== 'read_write') return `file_system is ${fileSystem}`
      return filesOf(toolCall).every((file) => isIn(folder, file)) ? null : 'it is not in the folder in which it works'
    case 'fetch':
      return network === 'allowed' ? null : `network is ${network}`
    case 'switch_mode':
      return 'its mode is set by orchd'
    case 'execute':
    case 'other':
    case undefined:
    case null:
    default:
      // What is not known may do as much as a command.
      return shellCommands === 'allowed' || shellCommands === 'sandboxed' ? null : `shell_commands is ${shellCommands}`
  }
}

const filesOf = ({ locations, content }: RequestPermissionRequest['toolCall']): readonly string[] => [
  ...(locations ?? []).map(({ path }) => path),
  ...(content ?? []).flatMap((part) => (part.type === 'diff' ? [part.path] : [])),
]

function isIn(folder: string, file: string): boolean {
  const way = relative(folder, resolve(folder, file))
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way)
}
