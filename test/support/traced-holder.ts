// A program: a holder with one short run, for tests of what tracing does to a process. Arguments: the receiver's
// address, or nothing; `linger` to stay until it is killed. It prints one line of JSON: which packages of the SDK it
// loaded, and which processes it has at its end, or while it lingers.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const packages: string[] = []
registerHooks({
  resolve(name, context, next) {
    if (name.startsWith('@opentelemetry')) packages.push(name)
    return next(name, context)
  },
})
const { RunningTelemetry } = await import('./telemetry.ts')
const { MemoryJournal } = await import('./memory-store.ts')
const { appendRun } = await import('./journals.ts')
const { numberedRun, wideRun } = await import('./wide-run.ts')

const children = (): string[] =>
  readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
    .split(' ')
    .filter((pid) => pid !== '')
const report = (): void => console.log(JSON.stringify({ packages, children: children() }))

const [, , endpoint, linger] = process.argv
const journal = new MemoryJournal()
const running = new RunningTelemetry(journal, endpoint || null, { drainMs: 2000 })
appendRun(journal, numberedRun(1), wideRun(5))
running.telemetry.wake()
if (linger === undefined) {
  await running.stop()
  report()
} else {
  const looking = setInterval(() => {
    if (children().length === 0) return
    clearInterval(looking)
    report()
    setInterval(() => {}, 1000)
  }, 10)
}
