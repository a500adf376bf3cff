import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'
import { OtlpReceiver } from '../support/otlp-receiver.ts'

const agent = resolve('test/fixtures/bin/telling-agent.mjs')
const secretFor = (place: string): string => `q${createHash('sha256').update(place).digest('hex').slice(0, 30)}`
const httpPlaces = ['http message', 'http type', 'http code', 'http header']
const places = [
  ...[...readFileSync(agent, 'utf8').matchAll(/\b(?:s|long)\('([^']+)'\)/g)].map((match) => match[1]!),
  ...httpPlaces,
]

const subprocess = (kind: string, more: object = {}): object => ({
  type: 'cli_wrapper',
  connection: { method: 'subprocess', config: { command: [process.execPath, agent, kind], args: [], ...more } },
})

/** A service that refuses each request, and tells a secret in each part of its answer. */
async function refusing(): Promise<{ readonly url: string } & AsyncDisposable> {
  const [message, type, code, header] = httpPlaces.map((place) => secretFor(place))
  const server = createServer((_, response) => {
    response.writeHead(400, { 'content-type': 'application/json', 'x-request-id': header! })
    response.end(JSON.stringify({ error: { message, type, code } }))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/v1`
  return { url, [Symbol.asyncDispose]: async () => void server.close() }
}

test(`a secret in any of ${places.length} places where an agent has the word is in no file, span or answer`, async () => {
  await using receiver = await OtlpReceiver.start()
  await using service = await refusing()
  const names = Object.fromEntries(places.map((place) => [place, `${place.replaceAll(' ', '_').toUpperCase()}_TOKEN`]))
  await using project = new Project({
    ...Object.fromEntries(places.map((place) => [names[place]!, secretFor(place)])),
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.url,
    ENABLE_TRACE_LOGGING: 'true',
    ENABLE_CURSOR_CLI: 'true',
    OPENAI_API_KEY: 'sk-not-a-key',
  }) // prettier-ignore
  const agents = {
    claude_good: subprocess('claude_good', { protocol: 'claude_code', token: 'not-a-key' }),
    claude_denied: subprocess('claude_denied', { protocol: 'claude_code', token: 'not-a-key' }),
    claude_bad: subprocess('claude_bad', { protocol: 'claude_code', token: 'not-a-key' }),
    codex: subprocess('codex', { protocol: 'openai_codex', token: 'not-a-key' }),
    cursor: subprocess('cursor', { protocol: 'cursor_cli', token: 'not-a-key' }),
    noisy: subprocess('noisy', { stdin: 'prompt' }),
    acp: { type: 'acp', connection: { method: 'acp', config: { command: [process.execPath, agent, 'acp'] } } },
    acp_mode: {
      type: 'acp',
      connection: { method: 'acp', config: { command: [process.execPath, agent, 'acp'], mode: 'none' } },
    },
    mcp: {
      type: 'mcp_native',
      connection: { method: 'mcp_spawn', config: { command: [process.execPath, agent, 'mcp'], tool: 'review' } },
    },
    api: { type: 'api', connection: { method: 'rest_api', config: { base_url: service.url, max_retries: 0 } } },
  }
  project.write('orchestrator_config.yaml', JSON.stringify({ agents }))
  project.write('.gitignore', '.orchd\n')
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: project.path('.'), encoding: 'utf8' })
  git('init', '--quiet', '-b', 'main')
  git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '--allow-empty', '-m', 'base')
  const steps = Object.keys(agents).map((id) => ({
    id: id.replaceAll('_', '-'),
    agent: id,
    sandbox: 'off',
    prompt: 'tell',
    fallback: [],
    ...(id === 'claude_good' ? { artifacts: ['kept-*'] } : {}),
  }))
  const report = { id: 'report', depends_on: steps.map(({ id }) => id), trigger_rule: 'all_done', run: 'true' }
  const plan = { name: 'tell', context: { repository: '.', branch: 'told' }, steps: [...steps, report] }
  project.write('plan.yaml', JSON.stringify(plan))

  const { child, ended } = await project.daemon()
  const told: string[] = []
  const ask = async (...args: string[]): Promise<void> => {
    const { stdout, stderr } = await project.orchd(...args)
    told.push(stdout, stderr)
  }
  await ask('run', 'plan.yaml', '--json', '--no-wait')
  const { run_id: id } = JSON.parse(told[0]!.trimEnd().split('\n').at(-1)!)
  for (const command of ['status', 'explain', 'trace', 'report', 'diff'])
    for (const json of [[], ['--json']]) await ask(command, id, ...json)
  await ask('diff', id)
  for (const { id: step } of steps) await ask('logs', id, step)
  await ask('agents', '--json')
  await ask('run', 'plan.yaml', '--no-wait')
  child.kill('SIGTERM')
  const daemon = await ended
  told.push(daemon.stdout, daemon.stderr, JSON.stringify(receiver.spans), git('log', '--all', '--format=%B %D'))
  expect(receiver.spans.map(({ name }) => name)).toContain('execute_tool ***')

  const files = readdirSync(project.path('.orchd'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('/.git'))
    .map((entry) => join(entry.parentPath, entry.name))
  const sinks = [
    ...files.map((file) => [file, `${file} ${readFileSync(file, 'latin1')}`] as const),
    ...told.map((text, at) => [`told ${at}`, text] as const),
  ]
  const leaks = places.flatMap((place) =>
    [secretFor(place).slice(0, 9), secretFor(place).slice(-9)].flatMap((part) =>
      sinks
        .filter(([, text]) => text.includes(part))
        .map(
          ([name, text]) =>
            `${place} in ${name}: ${text.slice(Math.max(0, text.indexOf(part) - 100), text.indexOf(part) + 60)}`,
        ),
    ),
  )
  expect(leaks).toEqual([])
})
