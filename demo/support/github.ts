import { spawn } from 'node:child_process'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

export type StandInPull = {
  readonly number: number
  readonly head: string
  readonly base: string
  readonly draft: boolean
  title: string
  body: string
  labels: string[]
  reviewers: string[]
}

/**
 * A stand-in for a GitHub server: one real bare repository behind git's own http-backend, and the few routes of the REST
 * API that pull requests need, with the answers that GitHub documents (https://docs.github.com/en/rest/pulls/pulls).
 */
export class GitHubStandIn implements AsyncDisposable {
  readonly token = 'ghp_standInStandInStandInStandInStandIn12'
  readonly pulls: StandInPull[] = []
  /** What it answers to the next calls of its API in place of doing them. */
  readonly refusals: {
    readonly status: number
    readonly headers?: { readonly [name: string]: string }
    readonly message: string
  }[] = []
  /** Each call of the API, as `POST /repos/...`. */
  readonly calls: string[] = []
  /** Is called before a call of the API is answered. */
  whenAsked = (_call: string, _body: Body): void => {}
  /** Is called when a pull request was opened, before anybody is told. */
  whenOpened = (): void => {}
  url = ''
  readonly #folder = mkdtempSync(join(tmpdir(), 'orchd-github-'))
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response))

  get bare(): string {
    return join(this.#folder, 'acme', 'shop.git')
  }

  async listen(): Promise<void> {
    mkdirSync(this.bare, { recursive: true })
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', this.bare])
    execFileSync('git', ['-C', this.bare, 'config', 'http.receivepack', 'true'])
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  git(...args: readonly string[]): string {
    return execFileSync('git', ['-C', this.bare, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url)
    if (!pathname.startsWith('/api/v3/')) return this.#git(request, response, pathname, searchParams)
    const path = pathname.slice('/api/v3'.length)
    this.calls.push(`${request.method} ${path}`)
    const body = (await text(request)) || '{}'
    this.whenAsked(`${request.method} ${path}`, JSON.parse(body) as Body)
    const refusal = this.refusals.shift()
    if (refusal !== undefined) return send(response, refusal.status, { message: refusal.message }, refusal.headers)
    if (request.headers.authorization !== `Bearer ${this.token}`)
      return send(response, 401, { message: 'Bad credentials' })
    const [status, answer] = this.#api(request.method ?? '', path, searchParams, JSON.parse(body) as Body)
    send(response, status, answer)
  }

  #api(method: string, path: string, query: URLSearchParams, body: Body): readonly [number, unknown] {
    const [, number, part] = /^\/repos\/acme\/shop\/(?:pulls|issues)\/(\d+)(?:\/(\w+))?$/.exec(path) ?? []
    const pull = this.pulls.find((one) => one.number === Number(number))
    if (method === 'GET' && path === '/repos/acme/shop') return [200, { default_branch: 'main' }]
    if (method === 'GET' && path === '/repos/acme/shop/pulls') {
      const found = this.pulls.filter(
        ({ head, base }) => `acme:${head}` === query.get('head') && base === (query.get('base') ?? base),
      )
      return [200, found.map((one) => this.#shown(one))]
    }
    if (method === 'POST' && path === '/repos/acme/shop/pulls') return this.#open(body)
    if (pull === undefined) return [404, { message: 'Not Found' }]
    if (method === 'PATCH' && part === undefined) Object.assign(pull, { title: body.title, body: body.body })
    else if (method === 'POST' && part === 'labels')
      pull.labels = [...new Set([...pull.labels, ...(body.labels ?? [])])]
    else if (method === 'POST' && part === 'requested_reviewers')
      pull.reviewers = [...(body.reviewers ?? []), ...(body.team_reviewers ?? [])]
    else return [404, { message: 'Not Found' }]
    return [200, this.#shown(pull)]
  }

  #open({ head = '', base = '', title = '', body = '', draft = false }: Body): readonly [number, unknown] {
    const known = (branch: string): boolean => this.git('branch', '--list', branch) !== ''
    if (!known(base)) return [422, invalid('base', `Base ref "${base}" is missing`)]
    if (!known(head)) return [422, invalid('head', `Head ref "${head}" is missing`)]
    if (this.git('rev-list', '--count', `${base}..${head}`) === '0')
      return [422, invalid('head', `No commits between ${base} and ${head}`)]
    if (this.pulls.some((one) => one.head === head && one.base === base))
      return [422, invalid('head', `A pull request already exists for acme:${head}.`)]
    const pull = { number: this.pulls.length + 1, head, base, title, body, draft, labels: [], reviewers: [] }
    this.pulls.push(pull)
    this.whenOpened()
    return [201, this.#shown(pull)]
  }

  #shown({ number, title, draft }: StandInPull): object {
    return { number, title, draft, state: 'open', html_url: `${this.url}/acme/shop/pull/${number}` }
  }

  /** git's own server side, as a web server would run it. */
  #git(request: IncomingMessage, response: ServerResponse, pathname: string, query: URLSearchParams): void {
    const basic = Buffer.from(`x-access-token:${this.token}`).toString('base64')
    if (request.headers.authorization !== `Basic ${basic}`) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end()
      return
    }
    const cgi = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'] ?? '',
        GIT_PROJECT_ROOT: this.#folder,
        GIT_HTTP_EXPORT_ALL: '1',
        REQUEST_METHOD: request.method ?? 'GET',
        PATH_INFO: pathname,
        QUERY_STRING: query.toString(),
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
        REMOTE_USER: 'stand-in',
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    request.pipe(cgi.stdin)
    const chunks: Buffer[] = []
    cgi.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    cgi.on('close', () => {
      const all = Buffer.concat(chunks)
      const end = all.indexOf('\r\n\r\n')
      const headers = all
        .subarray(0, end)
        .toString('latin1')
        .split('\r\n')
        .map((line) => line.split(': ') as [string, string])
      const status = Number(headers.find(([name]) => name === 'Status')?.[1].slice(0, 3) ?? 200)
      response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status')))
      response.end(all.subarray(end + 4))
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

type Body = {
  readonly title?: string
  readonly body?: string
  readonly head?: string
  readonly base?: string
  readonly draft?: boolean
  readonly labels?: readonly string[]
  readonly reviewers?: readonly string[]
  readonly team_reviewers?: readonly string[]
}

const invalid = (field: string, message: string): object => ({
  message: 'Validation Failed',
  errors: [{ resource: 'PullRequest', field, code: 'custom', message }],
})

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: { readonly [name: string]: string } = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}
