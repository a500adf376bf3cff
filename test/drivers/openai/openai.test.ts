import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { until } from '../../agents/rig.ts'
import { attempt, inputOf, key, log, made, once, run, times } from './openai-rig.ts'
import { functionCall, message, patchCall, shellCall } from './responses-server.ts'

describe('a model over the Responses API', () => {
  test('edits files and runs commands in the folder of the step, and tells its last message and all its tokens', async () => {
    await using all = await made([
      {
        output: [
          message('I shall write it.'),
          patchCall({ type: 'create_file', path: 'src/a.txt', diff: '+one\n+two' }),
        ],
      },
      {
        output: [shellCall(['cat src/a.txt', 'echo "key: $OPENAI_API_KEY" >&2; exit 3'], { max_output_length: 4000 })],
      },
      { output: [patchCall({ type: 'update_file', path: 'src/a.txt', diff: '@@\n one\n-two\n+three' })] },
      { output: [message('All done.')] },
    ])
    const { server, project } = all
    const result = await run(all, { spec: { model: 'gpt-test' } })
    expect(result).toMatchObject({
      outcome: 'success',
      outputs: { text: 'All done.' },
      usage: times(4),
      session: 'resp_4',
    })
    expect(readFileSync(join(project, 'src/a.txt'), 'utf8')).toBe('one\nthree\n')
    expect(server.requests[0]).toMatchObject({
      model: 'gpt-test',
      store: true,
      stream: true,
      tools: [{ type: 'shell', environment: { type: 'local' } }, { type: 'apply_patch' }],
      instructions: expect.stringContaining(project),
      input: [{ role: 'user', content: [{ type: 'input_text', text: '{}' }] }],
    })
    expect(server.headers[0]!.authorization).toBe(`Bearer ${key}`)
    expect(inputOf(server, 1)).toMatchObject([
      { type: 'apply_patch_call_output', status: 'completed', output: 'created src/a.txt' },
    ])
    expect(server.requests[1]!['previous_response_id']).toBe('resp_1')
    expect(inputOf(server, 2)).toMatchObject([
      {
        type: 'shell_call_output',
        max_output_length: 4000,
        output: [
          { stdout: 'one\ntwo\n', stderr: '', outcome: { type: 'exit', exit_code: 0 } },
          // The key of the service is none of the commands' business.
          { stdout: '', stderr: 'key: \n', outcome: { type: 'exit', exit_code: 3 } },
        ],
      },
    ])
    expect(log(all)).toContain('"name":"apply_patch","status":"succeeded"')
    expect(log(all)).toMatch(/"type":"output","id":"\w+\.1","stdout":"one\\ntwo\\n"/)
    expect(log(all)).not.toContain(key)
  })

  test('is told why a patch does not fit, and tries again', async () => {
    const operation = { type: 'update_file', path: 'a.txt' }
    await using all = await made([
      { output: [patchCall({ ...operation, diff: '@@\n-nothing\n+something' })] },
      { output: [patchCall({ type: 'create_file', path: '../out.txt', diff: '+x' })] },
      { output: [patchCall({ ...operation, diff: '@@\n-one\n+two' })] },
    ])
    writeFileSync(join(all.project, 'a.txt'), 'one\n')
    expect(await run(all)).toMatchObject({ outcome: 'success' })
    expect([1, 2, 3].map((at) => inputOf(all.server, at)[0])).toMatchObject([
      { status: 'failed', output: 'failed: the diff does not fit a.txt: these lines are not in the file:\nnothing' },
      { status: 'failed', output: 'failed: ../out.txt has .. in it: name it relative to the workspace' },
      { status: 'completed' },
    ])
    expect(readFileSync(join(all.project, 'a.txt'), 'utf8')).toBe('two\n')
  })

  test('may call functions instead, in whatever form, where its service does not know those tools', async () => {
    const patch = '*** Begin Patch\n*** Add File: b.txt\n+b\n*** Update File: a.txt\n@@\n-a\n+A\n*** End Patch'
    await using all = await made(
      [
        {
          output: [functionCall('shell', { command: 'echo a > a.txt' }), functionCall('exec_command', { cmd: 'pwd' })],
        },
        { output: [functionCall('apply_patch', { input: patch })], untold: true },
        { output: [functionCall('shell', { command: ['bash', '-lc', 'cat a.txt b.txt'] })] },
        { output: [functionCall('browse', { url: 'x' }), functionCall('shell', {})] },
      ],
      { config: { tools: 'functions' } },
    )
    expect(await run(all)).toMatchObject({ outcome: 'success' })
    expect(all.server.requests[0]!['tools']).toMatchObject([
      { type: 'function', name: 'shell' },
      { name: 'apply_patch' },
    ])
    const outputs = all.server.requests
      .slice(1)
      .flatMap((_, at) => inputOf(all.server, at + 1).map((item) => item['output']))
    expect(outputs).toEqual([
      'exit code 0',
      `${all.project}\n\nexit code 0`,
      'created b.txt\nupdated a.txt',
      'A\nb\n\nexit code 0',
      'there is no tool "browse": there are shell and apply_patch',
      'there is no command',
    ])
  })

  test('says everything again in each request to a service that keeps nothing, asked to or not', async () => {
    for (const config of [{ store: false }, {}]) {
      await using all = await made([{ output: [shellCall(['true'])] }, { output: [shellCall(['true'])] }], { config })
      all.server.keeps = false
      expect(await run(all)).toMatchObject({ outcome: 'success' })
      expect(inputOf(all.server, all.server.requests.length - 1).map(({ type }) => type)).toEqual([
        'message', 'shell_call', 'shell_call_output', 'shell_call', 'shell_call_output',
      ]) // prettier-ignore
    }
  })

  test('answers in the form of output_schema, which is checked whatever the service promised', async () => {
    const schema = {
      type: 'object',
      required: ['risk'],
      properties: { risk: { enum: ['low', 'high'] } },
      additionalProperties: false,
    }
    await using all = await made([{ output: [message('{"risk":"low"}')] }, { output: [message('{"risk":"none"}')] }])
    expect(await run(all, { spec: { outputSchema: schema } })).toMatchObject({
      outcome: 'success',
      outputs: { risk: 'low' },
    })
    expect(all.server.requests[0]!['text']).toEqual({
      format: { type: 'json_schema', name: 'output', schema, strict: true },
    })
    expect(await run(all, { spec: { outputSchema: schema }, attempt: 2 })).toMatchObject({ cause: 'output_invalid' })
    const loose = { ...schema, required: [] }
    all.server.next({ output: [message('```json\n{"risk":"high"}\n```')] })
    expect(await run(all, { spec: { outputSchema: loose }, attempt: 3 })).toMatchObject({ outputs: { risk: 'high' } })
    expect(all.server.requests[2]!['text']).toBeUndefined()
    expect(JSON.stringify(inputOf(all.server, 2))).toContain('It must match this JSON Schema')
  })

  test('goes on in its session, where calls that were interrupted are answered', async () => {
    await using all = await made([{ output: [shellCall(['true'])] }, { status: 400 }])
    const first = await run(all)
    expect(first).toMatchObject({ cause: 'agent_error', session: 'resp_1', usage: once })
    const session = { id: 'resp_1', prompt: 'Go on.', told: { usage: first.usage, costUsd: null } }
    const second = await run(all, { attempt: 2, rest: { session } })
    expect(second).toMatchObject({ outcome: 'success', usage: once, resumed: 'yes', session: 'resp_3' })
    expect(all.server.requests[2]).toMatchObject({
      previous_response_id: 'resp_1',
      input: [
        { type: 'shell_call_output', output: [{ stderr: expect.stringContaining('it was interrupted') }] },
        { type: 'message', content: [{ text: 'Go on.' }] },
      ],
    })
  })

  test('goes on also when its service does not say what its session has', async () => {
    await using all = await made([], { config: { idle_timeout: 0.3 } })
    const first = await run(all)
    all.server.tells = false
    const session = { id: 'resp_1', prompt: 'Go on.', told: { usage: first.usage, costUsd: null } }
    const second = await run(all, { attempt: 2, spec: { timeoutMs: 8000 }, rest: { session } })
    expect(second).toMatchObject({ outcome: 'success', session: 'resp_2' })
  })

  test('begins anew when its session is not to be found any more, with the whole prompt', async () => {
    await using all = await made([])
    const session = { id: 'resp_9', prompt: 'Go on.', told: { usage: null, costUsd: null } }
    expect(await run(all, { rest: { session } })).toMatchObject({ outcome: 'success', session: 'resp_2' })
    expect(all.server.requests[1]).toMatchObject({ input: [{ content: [{ text: '{}' }] }] })
    expect(all.server.requests[1]!['previous_response_id']).toBeUndefined()
    expect(log(all)).toContain('begins anew')
  })
})

describe('a command', () => {
  test('that hangs is ended at its limit with all that it started, and the model goes on', async () => {
    const hanging = 'echo begun; (sleep 600 & echo $! > pid); tail -f /dev/null'
    await using all = await made([{ output: [shellCall([hanging, 'echo next'], { timeout_ms: 3000 })] }])
    expect(await run(all)).toMatchObject({ outcome: 'success' })
    expect(inputOf(all.server, 1)[0]!['output']).toMatchObject([
      { stdout: 'begun\n', outcome: { type: 'timeout' } },
      { stdout: 'next\n', outcome: { type: 'exit', exit_code: 0 } },
    ])
    const pid = Number(readFileSync(join(all.project, 'pid'), 'utf8'))
    await until(
      'its child has ended',
      () => !existsSync(`/proc/${pid}/cmdline`) || readFileSync(`/proc/${pid}/cmdline`, 'utf8') === '',
    )
  })

  test('is not allowed more time than the configuration says', async () => {
    await using all = await made([{ output: [shellCall(['tail -f /dev/null'], { timeout_ms: 600_000 })] }], {
      commandMs: 300,
    })
    expect(await run(all)).toMatchObject({ outcome: 'success' })
    expect(inputOf(all.server, 1)[0]!['output']).toMatchObject([{ outcome: { type: 'timeout' } }])
  })

  test('that prints without end is shown with its beginning and its end', async () => {
    await using all = await made([{ output: [shellCall(['echo first; yes | head -c 50000000; echo last'])] }])
    expect(await run(all)).toMatchObject({ outcome: 'success' })
    const [{ stdout = '' } = {}] = inputOf(all.server, 1)[0]!['output'] as { stdout?: string }[]
    expect(stdout.length).toBeLessThan(40_000)
    expect(stdout).toMatch(/^first\n[^]*\[\.\.\. \d+ bytes left out \.\.\.\][^]*last\n$/)
  })

  test('is ended by a cancel', async () => {
    await using all = await made([{ output: [shellCall(['touch begun; tail -f /dev/null'])] }])
    const one = attempt(all)
    const ended = all.rig.run(one)
    await until('its command runs', () => existsSync(join(all.project, 'begun')))
    all.rig.cli.stop(one, 'cancelled')
    expect(await ended).toMatchObject({ outcome: 'cancellation', usage: once })
    expect(all.server.requests.length).toBe(1)
  })

  test('and a patch are refused where the step may not do them, and not offered', async () => {
    const output = [shellCall(['touch ran']), patchCall({ type: 'create_file', path: 'made', diff: '+x' })]
    await using all = await made([{ output }], { permissions: { file_system: 'read_only', shell_commands: 'none' } })
    expect(await run(all)).toMatchObject({ cause: 'permission_denied' })
    expect(all.server.requests[0]!['tools']).toEqual([])
    expect(inputOf(all.server, 1)).toMatchObject([
      { output: [{ stderr: 'this step may not run commands', outcome: { exit_code: 126 } }] },
      { status: 'failed', output: 'this step may not change files' },
    ])
    expect([existsSync(join(all.project, 'ran')), existsSync(join(all.project, 'made'))]).toEqual([false, false])
  })
})
