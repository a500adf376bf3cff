import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorCatalogue } from '../../src/base/errors.ts'
import { type RunId, runId } from '../../src/base/ids.ts'
import { createClient } from '../../src/surfaces/http/client.ts'
import { submissionType, versionHeader } from '../../src/surfaces/http/wire.ts'
import { gate, plan, step } from '../support/plans.ts'
import { ask, type Answer, type Ask } from './raw.ts'
import { Rig, submission, version } from './rig.ts'

let rig: Rig
let run: RunId
beforeAll(async () => {
  rig = await Rig.start()
  run = await rig.submit(plan([step('a'), step('go', [], { body: gate() })]))
})
afterAll(() => rig[Symbol.asyncDispose]())

const to = (path: string, how?: Ask): Promise<Answer> => ask(rig.socketPath, path, how)

/** What a refusal with this code looks like. */
function problem(code: keyof typeof errorCatalogue, detail = /./): object {
  const { status, help } = errorCatalogue[code]
  const words = { title: expect.any(String), type: expect.any(String), detail: expect.stringMatching(detail) }
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    json: { code, status, help, ...words },
  }
}

const yaml = { 'content-type': 'application/yaml' }
const json = { 'content-type': 'application/json' }
const sendPlan = (body: string | Uint8Array, query = '', headers = {}): Promise<Answer> =>
  to(`/api/v1/runs${query}`, { method: 'POST', headers: { ...yaml, ...headers }, body })
const sendSubmission = (
  body: string,
  headers: Record<string, string> = { [versionHeader]: version },
): Promise<Answer> =>
  to('/api/v1/runs', { method: 'POST', headers: { 'content-type': submissionType, ...headers }, body })
const decide = (body: string | Uint8Array): Promise<Answer> =>
  to(`/api/v1/runs/${run}/gates/go`, { method: 'POST', headers: json, body })

/** Bytes as they are, and all that comes back. */
function raw(bytes: string): Promise<string> {
  const socket = connect(rig.socketPath)
  socket.end(bytes)
  return text(socket)
}

describe('a plan as the body', () => {
  const accepted = { plan: plan([step('a')]), inputs: {}, source: submission(plan([])).source, diagnostics: [] }

  test('is checked with the inputs of the query, and runs', async () => {
    let seen: unknown
    rig.check = (body, inputs) => {
      seen = { body, inputs }
      return accepted
    }
    const answer = await sendPlan('name: ünï', '?input.ticket=A-1&input.b=x%26y%3D%20z&simulate=all')
    expect(seen).toEqual({ body: 'name: ünï', inputs: { ticket: 'A-1', b: 'x&y= z' } })
    expect(answer.status).toBe(202)
    expect(answer.json).toEqual({ run_id: expect.stringMatching(/^r[0-9a-z]{14}$/), created: true, diagnostics: [] })
    expect((await to(String(answer.headers['location']))).json).toMatchObject({ simulated: true })
  })

  test('with mistakes is refused with all of them', async () => {
    const place = { file: 'plan', line: 2, column: 1, endLine: 2, endColumn: 4 }
    const diagnostics = [
      { ...place, code: 'KEY_UNKNOWN', severity: 'error' as const, message: 'no key "foo"' },
      { ...place, code: 'WRITES_OVERLAP', severity: 'warning' as const, message: 'both write "x"' },
    ]
    rig.check = async () => ({ ...accepted, plan: null, diagnostics })
    const answer = await sendPlan('foo: 1')
    expect(answer).toMatchObject(problem('PLAN_INVALID', /one mistake$/))
    expect(answer.json).toMatchObject({ valid: false, diagnostics })
  })

  test('comes as one run for one idempotency key', async () => {
    rig.check = () => accepted
    const key = { 'idempotency-key': 'k' }
    const first = await sendPlan('x', '', key)
    expect((await sendPlan('x', '', key)).json).toEqual({ ...Object(first.json), created: false })
    // A key of our own commands is another one.
    const other = await rig.client.submit(submission(plan([step('a')]), { key: 'k' }))
    expect(other.created).toBe(true)
  })

  test.each([
    ['simulate=maybe', /simulate/],
    ['inputs.x=1', /no query parameter "inputs.x"/],
    ['input.x=1&input.x=2', /twice/],
  ])('is refused with the query %s', async (query, detail) => {
    expect(await sendPlan('x', `?${query}`)).toMatchObject(problem('USAGE', detail))
  })

  test('of more than 1 MiB is refused, whether or not it says so before', async () => {
    rig.check = () => {
      throw new Error('too much was read')
    }
    const body = Buffer.alloc(10 * 1024 * 1024, 'a')
    expect(await sendPlan(body)).toMatchObject(problem('SIZE_LIMIT'))
    expect(await sendPlan(body, '', { 'transfer-encoding': 'chunked' })).toMatchObject(problem('SIZE_LIMIT'))
  })

  test('of exactly 1 MiB is taken', async () => {
    let size = 0
    rig.check = (body) => {
      size = body.length
      return accepted
    }
    const body = 'a'.repeat(1024 * 1024)
    expect((await sendPlan(body)).status).toBe(202)
    expect(size).toBe(1024 * 1024)
  })

  test('on which the check itself breaks tells the caller nothing of it, and us everything', async () => {
    rig.check = () => {
      throw new TypeError('secret detail')
    }
    const answer = await sendPlan('x')
    expect(answer).toMatchObject(problem('INTERNAL'))
    expect(answer.text).not.toMatch(/secret detail|at .*\.ts/)
    expect(rig.warnings).toContain('secret detail')
  })
})

describe('a request as the body', () => {
  const body = '{ "request_id": "q-1", "task": { "description": "Fix it" } }'
  const sendRequest = (query = '', sent: string | Uint8Array = body, headers: object = json): Promise<Answer> =>
    to(`/api/v1/requests${query}`, { method: 'POST', headers: { ...headers }, body: sent })

  test('becomes a plan and one run for its id; a rehearsal is another run', async () => {
    const rehearsed = await sendRequest('?simulate=all')
    expect((await to(String(rehearsed.headers['location']))).json).toMatchObject({ simulated: true, request_id: 'q-1' })
    const first = await sendRequest()
    expect(first).toMatchObject({
      status: 202,
      json: {
        created: true,
        request_id: 'q-1',
        status_url: first.headers['location'],
        plan: expect.stringContaining('Fix it'),
        analysis: { type: 'bug_fix', steps: [{ id: 'implement', agent: 'worker' }] },
        diagnostics: [],
      },
    })
    expect((await sendRequest()).json).toEqual({ ...Object(first.json), created: false })
  })

  test('is answered before the work is done; the status is the response contract, then and at the end', async () => {
    const answer = await sendRequest('', '{ "request_id": "q-2", "task": { "description": "Fix it" } }')
    const url = String(answer.headers['location'])
    const id = runId(Object(answer.json).run_id)
    expect(rig.isRunning(id, 'implement')).toBe(true)
    expect((await to(url)).json).toMatchObject({ request_id: 'q-2', status: 'running', outcome: null })
    await rig.finish(id, 'implement')
    expect((await to(url)).json).toMatchObject({
      request_id: 'q-2',
      status: 'completed',
      execution_summary: { tasks_completed: 1, tasks_failed: 0, support_agents: [] },
      artifacts: { pr_url: null, diff_summary: null, test_results: null },
    })
  })

  test.each([
    ['simulate=maybe', /simulate/],
    ['simulated=all', /no query parameter "simulated"/],
  ])('is refused with the query %s', async (query, detail) => {
    expect(await sendRequest(`?${query}`)).toMatchObject(problem('USAGE', detail))
  })

  test('with mistakes is refused with all of them, each at its place', async () => {
    const answer = await sendRequest('', '{ "task": { "descripton": "Fix it" } }')
    expect(answer).toMatchObject(problem('PLAN_INVALID', /the request has one mistake$/))
    expect(answer.json).toMatchObject({ valid: false, diagnostics: [{ code: 'KEY_UNKNOWN', line: 1, column: 13 }] })
    const deep = await sendRequest('', '{ "task": { "description": "Fix it" }, "context": { "files": ["../x"] } }')
    expect(deep.json).toMatchObject({ diagnostics: [{ file: 'request', code: 'PATH_OUTSIDE', line: 1, column: 63 }] })
  })

  test.each(['', 'nonsense', '[]', '{"task":', '\u0000'])('that is none is refused: %j', async (sent) => {
    expect(await sendRequest('', sent)).toMatchObject(problem('PLAN_INVALID'))
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml'])(
    'is refused as %s',
    async (type) =>
      expect(await sendRequest('', body, { 'content-type': type })).toMatchObject(problem('MEDIA_TYPE', /json/)),
  )

  test('of more than 1 MiB is refused', async () => {
    expect(await sendRequest('', Buffer.alloc(1024 * 1024 + 1, ' '))).toMatchObject(problem('SIZE_LIMIT'))
  })
})

describe('our own submissions', () => {
  test('are taken from the same version only, and from nobody who does not say which', async () => {
    const body = JSON.stringify(submission(plan([step('a')])))
    expect(await sendSubmission(body, {})).toMatchObject(problem('HOLDER_VERSION'))
    expect(await sendSubmission(body, { [versionHeader]: '1.2.4' })).toMatchObject(problem('HOLDER_VERSION'))
    expect((await sendSubmission(body)).status).toBe(202)
  })

  test.each(['', '{}', '[]', '{"plan": {"steps": 1}, "inputs": {}, "source": {}}', '{"plan":', '\u0000'])(
    'that are none are refused: %j',
    async (body) => expect(await sendSubmission(body)).toMatchObject(problem('USAGE')),
  )
})

describe('versions', () => {
  test('are told in every answer, and another one is refused everywhere but at info', async () => {
    const other = { headers: { [versionHeader]: '0.9.0' } }
    const refused = await to('/api/v1/runs', other)
    expect(refused).toMatchObject(problem('HOLDER_VERSION', /1\.2\.3.*0\.9\.0/))
    expect(refused.headers[versionHeader]).toBe(version)
    expect((await to('/api/v1/info', other)).json).toMatchObject({ version })
    expect((await to('/api/v1/runs')).status).toBe(200)
  })

  test('of a command that differ from the holder make it say so', async () => {
    const client = createClient({ socketPath: rig.socketPath, version: '2.0.0' })
    await expect(client.info()).rejects.toMatchObject({ code: 'HOLDER_VERSION' })
    await expect(client.run(run)).rejects.toMatchObject({ code: 'HOLDER_VERSION' })
  })
})

describe('the routes', () => {
  test('tell health', async () => {
    expect(await to('/healthz')).toMatchObject({ status: 200, text: 'ok\n' })
    expect(await to('/readyz')).toMatchObject({ status: 200, text: 'ok\n' })
    expect((await to('/api/v1/info')).json).toMatchObject({ version, kind: 'daemon', limit: 4 })
    expect(await to('/healthz', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' })
  })

  test.each(['/', '/api/v1', '/api/v2/runs', '/api/v1/runs/', '/api/v1/run', '/../etc/passwd', '//'])(
    'are not %s',
    async (path) => expect(await to(path)).toMatchObject(problem('ROUTE_NOT_FOUND')),
  )

  test.each([
    ['DELETE', '/api/v1/runs', 'HEAD, GET, POST'],
    ['PUT', '/api/v1/runs/x', 'HEAD, GET'],
    ['GET', '/api/v1/runs/x/cancel', 'POST'],
    ['POST', '/api/v1/runs/x/events', 'HEAD, GET'],
    ['OPTIONS', '/healthz', 'HEAD, GET'],
  ])('do not take %s %s', async (method, path, allow) => {
    const answer = await to(path, { method })
    expect(answer).toMatchObject(problem('METHOD_NOT_ALLOWED'))
    expect(answer.headers['allow']).toBe(allow)
  })

  test.each(['nobody', '%25', 'r%', '_', '..', 'R0', 'x'.repeat(5000), '%00', '%F0%28'])(
    'know no run %s',
    async (name) => {
      const answer = await to(`/api/v1/runs/${name}/trace`)
      expect(answer.status).toBe(404)
    },
  )

  test.each(['limit=0', 'limit=-1', 'limit=1e3', 'limit=', 'limit=10001', 'limit=1&limit=2', 'color=red'])(
    'refuse a list with %s',
    async (query) => expect(await to(`/api/v1/runs?${query}`)).toMatchObject(problem('USAGE')),
  )

  test('let no browser keep or guess what they answer', async () => {
    expect((await to('/api/v1/runs')).headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-type': 'application/json',
    })
  })
})

describe('decisions', () => {
  test.each([
    [{}, /decision/],
    [{ decision: 'maybe' }, /approve, reject/],
    [{ decision: 'approve', by: 7 }, /"by" must be a text/],
    [{ decision: 'approve', by: '' }, /"by" must be a text/],
    [{ decision: 'approve', coment: 'typo' }, /"coment"/],
    [{ decision: 'approve', tree: 'abc' }, /tree/],
    [['approve'], /JSON object/],
    [null, /JSON object/],
  ])('are refused: %j', async (body, detail) => {
    expect(await decide(JSON.stringify(body))).toMatchObject(problem('USAGE', detail))
  })

  test('are refused when the body is no JSON, no UTF-8, or a comment is a book', async () => {
    expect(await decide('decision=approve')).toMatchObject(problem('USAGE', /not JSON/))
    expect(await decide(Buffer.from('7b22ff', 'hex'))).toMatchObject(problem('USAGE', /not JSON/))
    const long = { decision: 'approve', comment: 'x'.repeat(4097) }
    expect(await decide(JSON.stringify(long))).toMatchObject(problem('SIZE_LIMIT'))
    expect(await decide('x'.repeat(65 * 1024))).toMatchObject(problem('SIZE_LIMIT'))
  })

  test('are of the one who may open the socket, when they say nothing else', async () => {
    const answer = await decide(JSON.stringify({ decision: 'approve', tree: null }))
    expect(answer).toMatchObject({ status: 200, json: { run_id: run, step: 'go', decision: 'approve' } })
    const { event } = rig.journal.eventsOf(run).findLast((entry) => entry.event.type === 'gate_decided')!
    expect(event).toMatchObject({ by: expect.stringMatching(/./), comment: null })
    const again = await decide(JSON.stringify({ decision: 'approve' }))
    expect(again).toMatchObject(problem('GATE_NOT_OPEN'))
  })

  test('to cancel need no body', async () => {
    const other = await rig.submit(plan([step('a')]))
    expect(await to(`/api/v1/runs/${other}/cancel`, { method: 'POST' })).toMatchObject({
      status: 202,
      json: { run_id: other },
    })
  })
})

describe('what is no request', () => {
  test('without a Host is refused with a problem', async () => {
    const answer = await raw('GET /healthz HTTP/1.0\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(answer).toContain('"code":"USAGE"')
  })

  test.each([
    '\u0000\u0001\u0002\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
  ])('is refused and does no harm (%#)', async (bytes) => {
    expect(await raw(bytes)).toMatch(/^HTTP\/1.1 4\d\d /)
    expect((await to('/healthz')).status).toBe(200)
  })
})
