import { execFileSync } from 'node:child_process'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { GitHubStandIn } from '../../demo/support/github.ts'
import { Project } from '../../demo/support/orchd.ts'

/** A server in front of another, that answers nothing until it may. */
class Doorman implements AsyncDisposable {
  readonly asked = Promise.withResolvers<void>()
  open = false
  readonly #server: Server

  constructor(behind: () => string) {
    this.#server = createServer((from, to) => {
      this.asked.resolve()
      if (!this.open) return
      const on = request(
        new URL(from.url ?? '/', behind()),
        { method: from.method, headers: from.headers },
        (answer) => {
          to.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(to)
        },
      )
      from.pipe(on)
    })
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

test('a run whose daemon is killed while it takes it up is taken up by the next one, once', async () => {
  await using github = new GitHubStandIn()
  await github.listen()
  await using doorman = new Doorman(() => github.url)
  const url = await doorman.listen()
  await using project = new Project({ GITHUB_TOKEN: github.token, GITHUB_SERVER_URL: url })
  const author = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org']
  const git = (...args: readonly string[]): Buffer =>
    execFileSync('git', ['-C', project.path('own'), ...author, ...args])
  project.write('own/shop.txt', 'apples\n')
  git('init', '--quiet', '--initial-branch=main')
  git('add', '.')
  git('commit', '--quiet', '--message=first')
  git('push', '--quiet', github.bare, 'main')
  const context = `{ repository: "${url}/acme/shop.git", branch: pears }`
  project.write(
    'plan.yaml',
    `name: pears\ncontext: ${context}\nsteps:\n  - { id: pears, run: echo pears >> shop.txt }\n`,
  )

  const daemon = await project.daemon()
  const submitting = project.start(['run', '--detach', '--json', 'plan.yaml'])
  await doorman.asked.promise
  daemon.child.kill('SIGKILL')
  await daemon.ended
  doorman.open = true
  const next = await project.daemon()
  const { code, stdout, stderr } = await submitting.ended
  expect({ code, stderr }).toMatchObject({ code: 0 })
  const { run_id: run } = JSON.parse(stdout) as { readonly run_id: string }
  const runs = (await project.json('ps', '--all')) as unknown as readonly { readonly run_id: string }[]
  expect(runs.map((one) => one.run_id)).toEqual([run])
  next.child.kill('SIGTERM')
  await next.ended
})
