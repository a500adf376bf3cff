import type { Command } from 'commander'
import type { CliDeps } from '../deps.ts'

/** Adds a group of commands; `end` is given the exit code of the one that ran. */
export type Declare = (program: Command, deps: CliDeps, end: (code: number) => void) => void

export const stateFlag = ['--state <dir>', 'state folder (default: .orchd in the project folder)'] as const
export const jsonFlag = ['--json', 'print JSON', false] as const
export const streamFlag = ['--json', 'print events as NDJSON, the response last', false] as const

/** What commander gives for the flags that many commands have. */
export type Flags = { readonly json: boolean; readonly state?: string }

/** Absent options as `null`: "none" is a value inside. */
export const stateOf = ({ state }: Flags): string | null => state ?? null

/** What `--help` shows at its end: command lines to copy, a comment behind each where it needs one. */
export const examples = (...lines: readonly string[]): string =>
  `\nExample${lines.length === 1 ? '' : 's'}:\n${lines.map((line) => `  ${line}`).join('\n')}`
