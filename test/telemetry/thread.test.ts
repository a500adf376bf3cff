import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { OtlpReceiver } from '../support/otlp-receiver.ts'

/** What the program below prints: its own, and how the process ended. */
async function traceARun(endpoint: string | null, env: { readonly [name: string]: string } = {}) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, endpoint ?? ''], {
    cwd: new URL('../..', import.meta.url),
    env: { ...process.env, ...env },
  })
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.on('close', resolve)),
  ])
  return { stdout, stderr, code }
}

// A holder with one run. It prints which packages its main thread loaded, and its process ends when nothing holds it.
const program = `
import { registerHooks } from 'node:module'
const packages = new Set()
registerHooks({ resolve(name, context, next) {
  if (!/^(\\.|node:|file:)/.test(name)) packages.add(name)
  return next(name, context)
} })
const { RunningTelemetry } = await import('./test/support/telemetry.ts')
const { MemoryJournal } = await import('./test/support/memory-store.ts')
const { appendRun } = await import('./test/support/journals.ts')
const { numberedRun, wideRun } = await import('./test/support/wide-run.ts')
const journal = new MemoryJournal()
const running = new RunningTelemetry(journal, process.argv[1] || null, { drainMs: 2000 })
appendRun(journal, numberedRun(1), wideRun(5))
running.telemetry.wake()
await running.stop()
const threads = process.getActiveResourcesInfo().filter((name) => name === 'Worker').length
console.log(JSON.stringify({ packages: [...packages].filter((name) => name.includes('opentelemetry')), threads }))
`
const nothingLoaded = JSON.stringify({ packages: [], threads: 0 })

test('with tracing off nothing of the SDK is loaded, and no thread started', async () => {
  expect(await traceARun(null)).toEqual({ stdout: `${nothingLoaded}\n`, stderr: '', code: 0 })
})

test('with tracing on the SDK is loaded in another thread, which leaves when the holder stops', async () => {
  await using receiver = await OtlpReceiver.start()
  const ended = await traceARun(receiver.url)
  expect(ended).toEqual({ stdout: `${nothingLoaded}\n`, stderr: '', code: 0 })
  expect(receiver.spans).toHaveLength(7)
})

test('the SDK prints nothing, though its log level asks it to', async () => {
  await using receiver = await OtlpReceiver.start()
  receiver.mood = { kind: 'partial', rejected: 1 }
  const env = { OTEL_LOG_LEVEL: 'all' }
  expect(await traceARun(receiver.url, env)).toEqual({ stdout: `${nothingLoaded}\n`, stderr: '', code: 0 })
  expect(receiver.spans).toHaveLength(6)
  await receiver.die()
  expect(await traceARun(receiver.url, env)).toEqual({ stdout: `${nothingLoaded}\n`, stderr: '', code: 0 })
})

test.each(['hanging', 'dead'])('a %s receiver does not keep the process from ending', async (mood) => {
  await using receiver = await OtlpReceiver.start()
  if (mood === 'dead') await receiver.die()
  else receiver.mood = { kind: 'hanging' }
  const began = performance.now()
  expect(await traceARun(receiver.url)).toMatchObject({ code: 0 })
  expect(performance.now() - began).toBeLessThan(5000)
})
