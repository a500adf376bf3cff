import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { CliDeps } from '../deps.ts'

const ignore = (): void => {}

/**
 * Shows a text to a person: through a pager on a terminal, else as it is. `PAGER` says which (empty or `cat`: none); by
 * default `less`, which ends by itself when the text fits on the screen.
 */
export async function page(
  { stdin, stdout, env }: Pick<CliDeps, 'stdin' | 'stdout' | 'env'>,
  text: string,
): Promise<void> {
  const pager = env['PAGER'] ?? 'less'
  if (stdout.isTTY !== true || stdin.isTTY !== true || pager === '' || pager === 'cat' || env['TERM'] === 'dumb') {
    stdout.write(text)
    return
  }
  // The terminal is the pager's until it ends; Ctrl-C is its business too.
  process.on('SIGINT', ignore)
  try {
    const child = spawn('sh', ['-c', pager], {
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { LESS: 'FRX', LESSSECURE: '1', ...env },
    })
    child.stdin.on('error', ignore) // it may end before it has read everything
    child.stdin.end(text)
    const [code] = await once(child, 'close')
    if (code === 127) stdout.write(text) // there is no such program
  } finally {
    process.off('SIGINT', ignore)
  }
}
