/** Loaded into a daemon with `--import`: on SIGUSR2 writes how late its event loop was since the last time. */
import { renameSync, writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const file = process.env['ORCHD_BENCH_LOOP_DELAY']
if (file !== undefined && process.argv[2] === 'daemon') {
  const delays = monitorEventLoopDelay({ resolution: 1 })
  delays.enable()
  process.on('SIGUSR2', () => {
    const ms = (percentile: number): number => delays.percentile(percentile) / 1e6
    writeFileSync(`${file}.tmp`, JSON.stringify({ p50: ms(50), p99: ms(99), max: delays.max / 1e6 }))
    renameSync(`${file}.tmp`, file)
    delays.reset()
  })
}
