import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { OtlpReceiver } from '../support/otlp-receiver.ts'

const program = fileURLToPath(new URL('../support/traced-holder.ts', import.meta.url))

/** How a holder with one run ended, and what it printed. */
async function traceARun(endpoint: string | null, env: { readonly [name: string]: string } = {}) {
  const child = spawn(process.execPath, [program, endpoint ?? ''], { env: { ...process.env, ...env } })
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.on('close', resolve)),
  ])
  return { stdout, stderr, code }
}

/** The holder loaded nothing of the SDK, left no process behind, and nothing was printed but its own line. */
const clean = { stdout: `${JSON.stringify({ packages: [], children: [] })}\n`, stderr: '', code: 0 }

test.concurrent('with tracing off nothing of the SDK is loaded', async () => {
  expect(await traceARun(null)).toEqual(clean)
})

test.concurrent('with tracing on the SDK is loaded in another process, which ends when the holder stops', async () => {
  await using receiver = await OtlpReceiver.start()
  expect(await traceARun(receiver.url)).toEqual(clean)
  expect(receiver.spans).toHaveLength(7)
  expect(receiver.findProblems()).toEqual([])
})

test.concurrent('the SDK prints nothing, though its log level asks it to', async () => {
  await using receiver = await OtlpReceiver.start()
  receiver.mood = { kind: 'partial', rejected: 1 }
  expect(await traceARun(receiver.url, { OTEL_LOG_LEVEL: 'all' })).toEqual(clean)
  expect(receiver.spans).toHaveLength(6)
  await receiver.die()
  expect(await traceARun(receiver.url, { OTEL_LOG_LEVEL: 'all' })).toEqual(clean)
})

test.concurrent.each(['hanging', 'dead'])('a %s receiver does not keep the process from ending', async (mood) => {
  await using receiver = await OtlpReceiver.start()
  if (mood === 'dead') await receiver.die()
  else receiver.mood = { kind: 'hanging' }
  const began = performance.now()
  expect(await traceARun(receiver.url)).toEqual(clean)
  expect(performance.now() - began).toBeLessThan(5000)
})

test.concurrent('when the holder is killed, the exporting process ends too', async () => {
  await using receiver = await OtlpReceiver.start()
  receiver.mood = { kind: 'hanging' }
  const holder = spawn(process.execPath, [program, receiver.url, 'linger'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(createInterface(holder.stdout), 'line')
  const { children } = JSON.parse(line)
  expect(children).toHaveLength(1)
  holder.kill('SIGKILL')
  await vi.waitFor(() => expect(runs(children[0])).toBe(false), { timeout: 5000 })
})

/** Whether a process is there and not just waiting to be reaped. */
function runs(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
