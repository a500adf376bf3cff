import type { SessionNotification, ToolCallContent } from '@agentclientprotocol/sdk'
import { isJsonObject, type JsonObject } from '../../base/json.ts'
import { objectAt, textAt } from '../cli/json-line.ts'
import type { AgentEvent } from '../events.ts'

export type ToolUpdate = Extract<
  SessionNotification['update'],
  { readonly sessionUpdate: 'tool_call' | 'tool_call_update' }
>

/** What is known of a tool that was called; it comes in pieces. */
type Tool = {
  name: string | null
  title: string | null
  command: string | null
  diffs: readonly string[]
  text: string
  begun: boolean
  over: boolean
}

/** Of what a tool gives, the end is what tells how it went. */
const longestText = 16_000

/** The tools of a session, told as events: one when it begins, as soon as what it does is known, and one at its end. */
export class Tools {
  readonly #tell: (event: AgentEvent) => void
  readonly #tools = new Map<string, Tool>()

  constructor(tell: (event: AgentEvent) => void) {
    this.#tell = tell
  }

  take(update: ToolUpdate): void {
    const { toolCallId: id, status } = update
    const tool = this.#tools.get(id) ?? { ...unknown }
    this.#tools.set(id, tool)
    if (tool.over) return
    learn(tool, update)
    // Agents announce a tool before the model has written what it is to do.
    if (status === 'pending' && tool.command === null && tool.diffs.length === 0) return
    this.#begin(id, tool)
    if (status !== 'completed' && status !== 'failed') return
    tool.over = true
    const told = tool.diffs.length > 0 && status === 'completed' ? tool.diffs.join(', ') : tool.text.trim()
    const detail = told === '' ? null : told.slice(-longestText)
    this.#tell({ type: 'tool', id, name: null, status: status === 'completed' ? 'succeeded' : 'failed', detail })
    tool.text = ''
  }

  /** Tells of what was only announced. */
  flush(): void {
    for (const [id, tool] of this.#tools) this.#begin(id, tool)
  }

  #begin(id: string, tool: Tool): void {
    if (tool.begun) return
    tool.begun = true
    this.#tell({ type: 'tool', id, name: tool.name, status: 'started', detail: tool.command ?? tool.title })
  }
}

const unknown: Tool = { name: null, title: null, command: null, diffs: [], text: '', begun: false, over: false }

function learn(tool: Tool, update: ToolUpdate): void {
  const { title, name, kind, rawInput, rawOutput, _meta: meta } = update
  const content = update.content ?? []
  tool.name = name ?? tool.name ?? kind ?? null
  tool.title = title ?? tool.title
  if (isJsonObject(rawInput)) tool.command = textAt(rawInput, 'command') ?? tool.command
  const diffs = content.flatMap((part) => (part.type === 'diff' ? [changeOf(part)] : []))
  if (diffs.length > 0) tool.diffs = diffs
  const texts = content.flatMap(textsOf)
  // The content stands for all that there was before; the output of a terminal comes bit by bit.
  if (texts.length > 0) tool.text = texts.join('\n')
  else if (typeof rawOutput === 'string') tool.text = rawOutput
  if (isJsonObject(meta)) tool.text = (tool.text + terminalOutput(meta)).slice(-longestText)
}

/** An extension that the adapters of Claude and Codex have, for clients that show terminals. */
const terminalOutput = (meta: JsonObject): string =>
  textAt(objectAt(meta, 'terminal_output'), 'data') ?? textAt(objectAt(meta, 'terminal_output_delta'), 'data') ?? ''

const textsOf = (part: ToolCallContent): readonly string[] =>
  part.type === 'content' && part.content.type === 'text' ? [part.content.text] : []

/** `path (+2 -1)`: lines between those that are the same at the beginning and at the end. */
function changeOf({ path, oldText, newText }: { path: string; oldText?: string | null; newText: string }): string {
  const [old, young] = [linesOf(oldText ?? ''), linesOf(newText)]
  const most = Math.min(old.length, young.length)
  let head = 0
  while (head < most && old[head] === young[head]) head++
  let tail = 0
  while (tail < most - head && old.at(-1 - tail) === young.at(-1 - tail)) tail++
  return `${path} (+${young.length - head - tail} -${old.length - head - tail})`
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))
