/**
 * Launching steps through the shell adapter, without the engine, against ninja on as wide a fan-out, limit 10.
 * Rounds are interleaved. `node bench/launch.ts [rounds=5] [steps=1000] [command=true]`.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchAll, type Launched } from './launch-steps.ts'
import { timePeer } from './peers.ts'
import { shapes } from './shapes.ts'
import { medianRatio } from './statistics.ts'

if (process.argv[2] === 'once') {
  const [steps, command = '', folder = ''] = process.argv.slice(3)
  const launched = await launchAll(Number(steps), 10, command, folder)
  process.stdout.write(JSON.stringify(launched), () => process.exit())
} else {
  const [rounds = '5', steps = '1000', command = 'true'] = process.argv.slice(2)
  const folder = mkdtempSync(join(tmpdir(), 'orchd-bench-'))
  const orchd: Launched[] = []
  const ninja: Launched[] = []
  for (let round = 0; round < Number(rounds); round++) {
    const where = join(folder, String(round))
    mkdirSync(where)
    ninja.push(timePeer('ninja', shapes[0]!, Number(steps), where))
    const once = [import.meta.filename, 'once', steps, command, join(where, 'state')]
    const launched: Launched = JSON.parse(execFileSync(process.execPath, once, { encoding: 'utf8' }))
    orchd.push(launched)
    console.log(`ninja ${shown(ninja.at(-1)!)}; orchd ${shown(launched)}`)
  }
  const ratio = (key: keyof Launched): string =>
    medianRatio(
      orchd.map((one) => one[key]),
      ninja.map((one) => one[key]),
    ).toFixed(2)
  console.log(`ratio (median of ${rounds}): wall ${ratio('wallMs')}, CPU ${ratio('cpuMs')}`)
  // At the very end: ext4 passes over inodes that were freed a moment ago, which makes the next rounds slower.
  rmSync(folder, { recursive: true, force: true })
}

function shown({ wallMs, cpuMs }: Launched): string {
  return `${wallMs.toFixed(0)} ms wall, ${cpuMs.toFixed(0)} ms CPU`
}
