import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { err, ok } from '../../base/result.ts'
import type { CliAgent, Protocol } from '../cli/agent.ts'
import { choiceOption } from '../cli/options.ts'
import { promptOf, promptWithSchema } from '../cli/prompt.ts'
import { parseCodex } from './parse.ts'
import { isStrict } from './strict-schema.ts'

const sandboxes = ['read-only', 'workspace-write', 'danger-full-access'] as const
const schemaName = 'output-schema.json'
const temporaryName = 'tmp'

/** OpenAI's Codex, headless: `codex exec --json`. The prompt comes on standard input. */
export const codexProtocol: Protocol = {
  programs: ['codex'],
  install: 'npm install -g @openai/codex',
  key: {
    from: ['CODEX_API_KEY', 'OPENAI_API_KEY'],
    variableFor: () => 'CODEX_API_KEY',
    help: 'set OPENAI_API_KEY, or log in: codex login',
  },
  options: ['sandbox_mode'],
  home: { variable: 'CODEX_HOME', usual: '.codex', login: 'auth.json' },
  driver: null,
  sessions: { folder: 'sessions', sums: ['usage'] },
  resume: (session, { baseUrl }) => ({
    args: ['resume', ...(baseUrl === null ? [] : providerAt(baseUrl)), session],
    env: {},
  }),
  parse: parseCodex,
  tellsNoCost: true,
  isStream: true,
  atExit: null,
  service: { hosts: ['api.openai.com', 'chatgpt.com', 'auth.openai.com'], variable: null },
  launch(attempt, agent, home, confined) {
    const mode = choiceOption(attempt.with, 'sandbox_mode', sandboxes)
    if (!mode.ok) return mode
    if (confined && mode.value !== null && mode.value !== 'danger-full-access')
      return err(`with.sandbox_mode is Codex's own sandbox, which does not start in orchd's: say permissions instead`)
    const { model, outputSchema } = attempt.spec
    const passed = outputSchema !== null && isStrict(outputSchema)
    // It refuses to work with its own sandbox from a home in the folder for temporary files.
    const inTemporary = home.startsWith(`${tmpdir()}/`)
    const sandbox = mode.value ?? (confined ? 'danger-full-access' : sandboxBy(agent))
    const { session } = attempt
    return ok({
      args: [
        ...(session === null ? ['exec'] : ['exec', 'resume']),
        '--json',
        '--skip-git-repo-check',
        // `exec resume` does not know the flag, but the setting.
        ...(session === null ? ['--sandbox', sandbox] : setting('sandbox_mode', sandbox)),
        ...(agent.permissions.network === 'allowed' ? setting('sandbox_workspace_write.network_access', true) : []),
        ...(agent.baseUrl === null ? [] : providerAt(agent.baseUrl)),
        ...(model === null ? [] : ['--model', model]),
        ...(passed ? ['--output-schema', join(home, schemaName)] : []),
        ...agent.args,
        ...(session === null ? [] : [session.id]),
        '-',
      ],
      prompt: passed ? promptOf(attempt) : promptWithSchema(attempt),
      stdin: true,
      env: inTemporary ? { TMPDIR: join(home, temporaryName) } : {},
      files: passed ? { [schemaName]: JSON.stringify(outputSchema) } : {},
      folders: inTemporary ? [temporaryName] : [],
    })
  },
}

const sandboxBy = ({ permissions: { file_system: files } }: CliAgent): string =>
  files === 'read_only' || files === 'none' ? 'read-only' : 'workspace-write'

/** Its settings are TOML; strings and booleans are written as in JSON. */
const setting = (name: string, value: string | boolean): readonly string[] => ['-c', `${name}=${JSON.stringify(value)}`]

/** A provider of its own: changing the address of the built-in one costs seconds of vain tries with WebSockets. */
const providerAt = (url: string): readonly string[] => [
  ...setting('model_provider', 'orchd'),
  ...setting('model_providers.orchd.name', 'orchd'),
  ...setting('model_providers.orchd.base_url', url),
  ...setting('model_providers.orchd.env_key', 'CODEX_API_KEY'),
  ...setting('model_providers.orchd.wire_api', 'responses'),
]
