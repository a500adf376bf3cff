import { ok } from '../../base/result.ts'
import type { CliAgent, Protocol } from '../cli/agent.ts'
import { choiceOption } from '../cli/options.ts'
import { promptWithSchema } from '../cli/prompt.ts'
import { parseCursor } from './parse.ts'

/** Longer arguments are passed by no Linux; what the prompt is in must fit, too. */
const longestArgumentBytes = 120_000

/**
 * Cursor, headless: `cursor-agent -p`. The prompt is an argument, as its documents say. One that is too long for that comes
 * on standard input, which others were seen to use (2026.01.28).
 */
export const cursorProtocol: Protocol = {
  programs: ['cursor-agent', 'agent'],
  install: 'curl https://cursor.com/install -fsS | bash',
  key: {
    from: ['CURSOR_API_KEY'],
    variableFor: () => 'CURSOR_API_KEY',
    help: 'set CURSOR_API_KEY, or log in: cursor-agent login',
  },
  options: ['mode'],
  home: null,
  driver: null,
  sessions: null,
  resume: (session) => ({ args: ['--resume', session], env: {} }),
  parse: parseCursor,
  tellsNoCost: true,
  isStream: true,
  atExit: null,
  service: { hosts: ['*.cursor.sh', 'cursor.com', '*.cursor.com'], variable: null },
  launch(attempt, agent, _home, confined) {
    const mode = choiceOption(attempt.with, 'mode', ['plan', 'ask'])
    if (!mode.ok) return mode
    const { model } = attempt.spec
    const prompt = promptWithSchema(attempt)
    const isLong = Buffer.byteLength(prompt) > longestArgumentBytes
    const readsOnly = mode.value ?? (mayWrite(agent) ? null : 'ask')
    return ok({
      args: [
        '-p',
        // Any other format prints nothing until the end, which looks like a stall.
        '--output-format',
        'stream-json',
        // Without `--force` it only proposes edits.
        ...(agent.flags ?? [
          '--trust',
          ...(readsOnly === null ? ['--force'] : []),
          // Its own sandbox does not start in ours.
          ...(confined ? ['--sandbox', 'disabled'] : []),
        ]),
        ...(readsOnly === null ? [] : ['--mode', readsOnly]),
        ...(model === null ? [] : ['--model', model]),
        ...today(agent.args),
        ...(isLong ? [] : [prompt]),
      ],
      prompt,
      stdin: isLong,
      // Programs wait for no terminal under CI, and some wait for ever.
      env: { CI: null },
      files: {},
      folders: [],
    })
  },
}

const mayWrite = ({ permissions: { file_system: files } }: CliAgent): boolean =>
  files !== 'read_only' && files !== 'none'

/** `chat --headless` is what the description of the system starts; today's program knows neither word. */
const today = (args: readonly string[]): readonly string[] => (args.join(' ') === 'chat --headless' ? [] : args)
