import type { Code } from './code.ts'

const dropIt =
  'Write the plan under another name and move it in: `cp plan.yaml inbox/.plan.tmp && mv inbox/.plan.tmp inbox/plan.yaml`.'

/** Why the inbox refuses a file without reading it as a plan; `src/surfaces/inbox/` finds them. */
export const inboxCodes = {
  INBOX_LINK: {
    title: 'A file in the inbox is a symbolic link',
    explanation: `Links are never followed: they could lead to any file of yours. ${dropIt}`,
    example: null,
  },
  INBOX_NOT_A_FILE: {
    title: 'Something in the inbox has the name of a plan and is no file',
    explanation: `A fifo, a socket or a device cannot be a plan. ${dropIt}`,
    example: null,
  },
  INBOX_HARD_LINK: {
    title: 'A file in the inbox has another name elsewhere',
    explanation: `Its text could still change through the other name (a hard link). ${dropIt}`,
    example: null,
  },
  INBOX_OWNER: {
    title: 'A file in the inbox belongs to another user',
    explanation: 'Plans run with the rights of the daemon, so only its own user may drop them.',
    example: null,
  },
  INBOX_TOO_BIG: {
    title: 'A file in the inbox is larger than a plan may be',
    explanation: 'A plan has at most 1 MiB. Large data belongs into files that steps read.',
    example: null,
  },
  INBOX_UNREADABLE: {
    title: 'A file in the inbox cannot be read',
    explanation: 'The daemon has no permission to read it. Mend that, and drop it again.',
    example: null,
  },
} as const satisfies Record<string, Code>
