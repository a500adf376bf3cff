/** A daemon of the built program in a folder of its own, and what the suite asks of it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readRegistry } from '../src/config/registry.ts'
import { checkPlan } from '../src/main/plans.ts'
import type { Client, RunFact } from '../src/ports/client.ts'
import type { Submission } from '../src/ports/engine.ts'
import { createClient } from '../src/surfaces/http/client.ts'
import { socketPathOf } from '../src/surfaces/http/socket-path.ts'
import { defaultReviewPolicy } from '../src/plan/review-policy.ts'

const root = join(import.meta.dirname, '..')
const version = String(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version)

export type BenchDaemon = AsyncDisposable & {
  readonly folder: string
  readonly pid: number
  readonly client: Client
  /** As `SIGKILL` does, then a new one in the same folder. Resolves with the moment in which it was started. */
  restart(env?: { readonly [name: string]: string }): Promise<number>
  /** Hands a plan over, after checking it. @returns the run's id */
  submit(text: string): Promise<string>
  /** Milliseconds from handing over a checked plan to hearing that the run is finished; each fact goes to `see`. */
  time(text: string, see?: (fact: RunFact) => void): Promise<number>
}

export type DaemonOptions = {
  readonly tracing: boolean
  readonly env?: { readonly [name: string]: string }
  readonly nodeArgs?: readonly string[]
}

export async function startDaemon({ tracing, env = {}, nodeArgs = [] }: DaemonOptions): Promise<BenchDaemon> {
  const folder = mkdtempSync(join(tmpdir(), 'orchd-bench-'))
  mkdirSync(join(folder, '.orchd'), { mode: 0o700 })
  const collector = await startCollector()
  const client = createClient({ socketPath: socketPathOf(join(folder, '.orchd')), version })
  const start = (more: { readonly [name: string]: string } = {}): ChildProcess =>
    spawn(process.execPath, [...nodeArgs, join(root, 'bin/orchd.js'), 'daemon'], {
      cwd: folder,
      env: {
        ...process.env,
        MAX_PARALLEL_AGENTS: '10',
        ...(tracing ? { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint } : {}),
        ...env,
        ...more,
      },
      stdio: ['ignore', 'ignore', 'ignore'],
    })
  let daemon = start()
  await answering(client)
  const submit = async (submission: Submission): Promise<string> => (await client.submit(submission)).run_id
  return {
    folder,
    client,
    get pid() {
      return daemon.pid ?? 0
    },
    async restart(more) {
      daemon.kill('SIGKILL')
      await once(daemon, 'exit')
      const at = Date.now()
      daemon = start(more)
      await answering(client)
      return at
    },
    submit: (text) => submit(checked(text, folder)),
    async time(text, see = () => {}) {
      const submission = checked(text, folder)
      const from = performance.now()
      const run = await submit(submission)
      for await (const fact of client.events(run, null, new AbortController().signal)) {
        see(fact)
        if (fact.type === 'run_finished' && fact.outcome !== 'success') throw new Error(`${run}: ${fact.outcome}`)
      }
      return performance.now() - from
    },
    async [Symbol.asyncDispose]() {
      daemon.kill('SIGTERM')
      if (daemon.exitCode === null && daemon.signalCode === null) await once(daemon, 'exit')
      collector.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function checked(text: string, projectFolder: string): Submission {
  const { plan, inputs, source, diagnostics } = checkPlan({
    bytes: Buffer.from(text),
    file: 'plan.yaml',
    projectFolder,
    config: {
      agents: readRegistry({}),
      enableCursorCli: false,
      sandbox: 'required',
      review: defaultReviewPolicy,
      codexSandboxTimeoutMs: 120_000,
      testCommand: null,
      secrets: [],
    },
    env: {},
    seesKeys: true,
    simulate: 'none',
    forRun: true,
    inputs: {},
  })
  if (plan === null) throw new Error(`the plan is not valid: ${diagnostics[0]?.message}`)
  return { plan, inputs, source, simulate: 'none', path: process.env['PATH'] ?? null, requestId: null, key: null }
}

async function answering(client: Client): Promise<void> {
  for (;;) {
    const answers = await client.info().then(
      () => true,
      () => false,
    )
    if (answers) return
    await delay(5)
  }
}

/** Takes all spans and forgets them. */
async function startCollector(): Promise<{ readonly endpoint: string; close(): void }> {
  const server = createServer((request, response) => request.resume().on('end', () => response.end('{}')))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return {
    endpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
