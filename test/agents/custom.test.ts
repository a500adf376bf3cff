import { describe, expect, test } from 'vitest'
import type { Protocol } from '../../src/agents/cli/agent.ts'
import { customProtocol } from '../../src/agents/custom/protocol.ts'
import type { JsonObject } from '../../src/base/json.ts'
import { cliRig } from './cli-rig.ts'

function protocolOf(config: JsonObject): Protocol {
  const protocol = customProtocol(config)
  if (!protocol.ok) throw new Error(protocol.error)
  return protocol.value
}

/** An agent of the user's own that is a script for `sh -c`, with its arguments behind. */
const scripted = (config: JsonObject, script: string) =>
  cliRig({ protocol: protocolOf(config), agent: { command: ['/bin/sh', '-c', script, 'agent'] } })

const line = (value: object): string => `echo '${JSON.stringify(value)}';`

const ask = { rest: { prompt: 'Do it.' } }

describe('output: text', () => {
  test('all that it prints is its message', async () => {
    await using rig = scripted({}, 'printf "%s\\n" "You said:" "$1"')
    expect(await rig.run(rig.attempt({}, ask))).toMatchObject({
      outcome: 'success',
      outputs: { text: 'You said:\nDo it.' },
      usage: null,
      costUsd: null,
    })
  })

  test('its exit code is its end, and its last line says why', async () => {
    await using rig = scripted({}, 'echo Working.; echo "error: HTTP 429 Too Many Requests" >&2; exit 3')
    expect(await rig.run(rig.attempt({}, ask))).toMatchObject({
      outcome: 'failure',
      cause: 'rate_limited',
      exitCode: 3,
      message: 'it ended with exit code 3: error: HTTP 429 Too Many Requests',
    })
  })

  test('one that prints nothing has done nothing', async () => {
    await using rig = scripted({}, 'exit 0')
    expect(await rig.run(rig.attempt({}, ask))).toMatchObject({ outcome: 'failure', cause: 'agent_error' })
  })

  test('an answer in the form of output_schema is found in it', async () => {
    await using rig = scripted({ stdin: 'prompt', args: [] }, `grep -c "JSON Schema" >&2; echo 'So: {"risk": "low"}'`)
    const spec = { outputSchema: { type: 'object', required: ['risk'], properties: { risk: { type: 'string' } } } }
    expect(await rig.run(rig.attempt({}, { ...ask, spec }))).toMatchObject({
      message: null,
      outputs: { risk: 'low' },
    })
  })
})

describe('output: json', () => {
  const fields = {
    text: 'result.text', error: 'error.message', input_tokens: 'usage.in', cached_tokens: 'usage.cached',
    output_tokens: 'usage.out', cost_usd: 'cost', denied: 'denied', answer: 'result.data',
  } // prettier-ignore

  test('fields say where message, tokens and cost are, also below noise', async () => {
    const output =
      '{"result": {"text": "Done."}, "usage": {"in": 100, "cached": 40, "out": 7}, "cost": 0.5, "denied": []}'
    await using rig = scripted({ output: 'json', fields }, `echo starting >&2; echo '${output}'`)
    expect(await rig.run(rig.attempt({}, ask))).toMatchObject({
      outcome: 'success',
      outputs: { text: 'Done.' },
      usage: { inputTokens: 100, outputTokens: 7 },
      costUsd: 0.5,
    })
  })

  test.for([
    ['{"error": {"message": "Overloaded"}}', 'overloaded', 'Overloaded'],
    ['{"result": {"text": "No."}, "denied": ["write"]}', 'permission_denied', 'it was not allowed to use write'],
    ['nothing of the kind', 'agent_error', 'its output holds no JSON object'],
    ['{"denied": ["Bash", "Write"]}', 'permission_denied', 'it was not allowed to use Bash, Write'],
    ['{"error": {"message": {"message": "no such model"}}}', 'agent_error', 'no such model'],
  ] as const)('%s is a failure: %s', async ([output, cause, message]) => {
    await using rig = scripted({ output: 'json', fields }, `echo '${output}'`)
    expect(await rig.run(rig.attempt({}, ask))).toMatchObject({ outcome: 'failure', cause, message, usage: null })
  })
})

test('a cost counts without tokens, and an exit without a word tells only its code', async () => {
  await using rig = scripted({ output: 'json', fields: { cost_usd: 'cost' } }, `echo '{"cost": 0.5}'`)
  const spent = { usage: null, costUsd: 0.5, costSource: 'reported' }
  expect(await rig.run(rig.attempt({}, ask))).toMatchObject(spent)
  await using silent = scripted({ output: 'text' }, 'exit 3')
  expect(await silent.run(silent.attempt({}, ask))).toMatchObject({ message: 'it ended with exit code 3' })
})

describe('output: stream-json', () => {
  const fields = { text: 'text', session: 'id', error: 'failed', input_tokens: 'u.0', output_tokens: 'u.1' }
  const end = { type: 'end' }

  test('the line that end describes is its end, whatever it does after', async () => {
    const script = line({ id: 's1' }) + line({ text: 'Done.' }) + line({ type: 'end', u: [5, 6] }) + 'sleep 1000'
    await using rig = scripted({ output: 'stream-json', fields, end }, script)
    expect(await rig.run(rig.attempt({}, ask))).toMatchObject({
      outcome: 'success',
      outputs: { text: 'Done.' },
      usage: { inputTokens: 5, outputTokens: 6 },
    })
  })

  test('without that line it has ended too early; a failure that it tells is one', async () => {
    await using early = scripted({ output: 'stream-json', fields, end }, line({ text: 'Done.' }))
    expect(await early.run(early.attempt({}, ask))).toMatchObject({ outcome: 'failure', cause: 'crashed' })
    const told = line({ type: 'end', failed: 'unexpected status 401' })
    await using failed = scripted({ output: 'stream-json', fields, end }, told)
    expect(await failed.run(failed.attempt({}, ask))).toMatchObject({ outcome: 'failure', cause: 'auth' })
  })

  test('without end its exit is its end', async () => {
    await using rig = scripted({ output: 'stream-json', fields }, line({ text: 'Done.' }))
    expect(await rig.run(rig.attempt({}, ask))).toMatchObject({ outcome: 'success', outputs: { text: 'Done.' } })
  })
})

test('placeholders are filled in once; a list is left out when one in it has no value', async () => {
  const args = ['--task={prompt}', '{prompt_file}', ['--model', '{model}'], ['--level', '{with.level}'], '-x']
  const config = { args, output: 'text' }
  await using rig = scripted(config, 'printf "<%s>" "$@"; cat "$2"')
  const prompt = 'Use {model} and $(echo {prompt}).'
  const attempt = rig.attempt({}, { rest: { prompt, with: { level: 3 } } })
  const file = `${attempt.folder}/prompt`
  expect(await rig.run(attempt)).toMatchObject({
    outputs: { text: `<--task=${prompt}><${file}><--level><3><-x>${prompt}` },
  })
  const unknown = rig.attempt({}, { step: 'two', rest: { prompt, with: { depth: 3 } } })
  expect(await rig.run(unknown)).toMatchObject({ cause: 'spawn_failed', message: expect.stringContaining('"depth"') })
})

test.for([
  [{ output: 'xml' }, /output must be one of text, json, stream-json/],
  [{ args: ['-x'] }, /never gets its prompt/],
  [{ args: '{prompt}' }, /args must be a list/],
  [{ stdin: 'yes' }, /stdin must be none or prompt/],
  [{ output: 'json', fields: { tokens: 'x' } }, /fields has "tokens"/],
  [{ output: 'json', fields: { text: 1 } }, /fields.text must be the way/],
  [{ fields: { text: 'x' } }, /fields are for output: json/],
  [{ output: 'json', end: { type: 'x' } }, /end is for output: stream-json/],
] as const)('%j is refused in words', ([config, message]) => {
  expect(customProtocol(config)).toMatchObject({ ok: false, error: expect.stringMatching(message) })
})
