/** One word of `permissions`, and what holds work in a sandbox to it. */
type Word = {
  readonly word: string
  readonly heldBy: 'kernel' | 'kernel and proxy' | 'good will'
  readonly how: string
}

/** docs/security.md has the same table, with reasons. */
export const words: readonly Word[] = [
  { word: 'file_system: none', heldBy: 'kernel', how: 'the folder of the work is not there' },
  { word: 'file_system: read_only', heldBy: 'kernel', how: 'the folder of the work is mounted read-only' },
  { word: 'file_system: read_write', heldBy: 'kernel', how: 'nothing else can be written' },
  {
    word: 'network: none',
    heldBy: 'kernel',
    how: 'a network of its own with no way out; an agent reaches its own service',
  },
  { word: 'network: restricted', heldBy: 'kernel and proxy', how: 'the only way out is a proxy that knows the hosts' },
  {
    word: 'shell_commands: none',
    heldBy: 'good will',
    how: 'the agent’s own switches; commands have no other rights than it',
  },
  {
    word: 'shell_commands: approved_only',
    heldBy: 'good will',
    how: 'the agent’s own switches; a list of commands is no boundary',
  },
  { word: 'shell_commands: sandboxed', heldBy: 'kernel', how: 'commands run in the same sandbox' },
  { word: 'git_operations: none', heldBy: 'kernel', how: '.git is not there' },
  { word: 'git_operations: pr_only', heldBy: 'kernel', how: '.git is read-only' },
  { word: 'git_operations: allowed', heldBy: 'kernel', how: 'hooks and configuration are read-only' },
]
