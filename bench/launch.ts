/**
 * Launching steps through the shell adapter, without the engine, against ninja on as wide a fan-out.
 *
 *   node bench/launch.ts [steps=1000] [in flight=10] [rounds=5] [command=true]
 *
 * Rounds are interleaved. Wall time is from the first start to the last report; CPU is this process, the launcher and
 * all steps (the launcher's share is read from /proc while it lives, the rest from resource usage of `time`).
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchAll } from './launch-steps.ts'

const [steps = 1000, inFlight = 10, rounds = 5] = process.argv.slice(2, 5).map(Number)
const command = process.argv[5] ?? 'true'
const single = process.argv[2] === 'once'
const folder = single ? process.argv[6]! : mkdtempSync(join(tmpdir(), 'orchd-bench-'))

if (single) {
  await launchAll(Number(process.argv[3]), Number(process.argv[4]), command, folder)
} else {
  const ratios: number[] = []
  const cpuRatios: number[] = []
  for (let round = 0; round < rounds; round++) {
    const ninja = timeNinja(join(folder, `ninja-${round}`))
    const ours = timeOurs(join(folder, `ours-${round}`))
    ratios.push(ours.wall / ninja.wall)
    cpuRatios.push(ours.cpu / ninja.cpu)
    const show = (name: string, t: Times): string => `${name} ${t.wall.toFixed(3)} s wall, ${t.cpu.toFixed(2)} s CPU`
    console.log(`${show('ninja', ninja)}; ${show('orchd', ours)}`)
  }
  console.log(`ratio (median of ${rounds}): wall ${median(ratios).toFixed(2)}, CPU ${median(cpuRatios).toFixed(2)}`)
}

// At the very end: ext4 passes over inodes that were freed a moment ago, which makes the next rounds slower.
rmSync(folder, { recursive: true, force: true })

type Times = { readonly wall: number; readonly cpu: number }

function timeNinja(where: string): Times {
  mkdirSync(where)
  const targets = Array.from({ length: steps }, (_, index) => `t${index}`)
  const builds = targets.map((target) => `build ${target}: r\n`).join('')
  writeFileSync(
    join(where, 'build.ninja'),
    `rule r\n  command = ${command}\n${builds}build all: phony ${targets.join(' ')}\n`,
  )
  return timed(['ninja', '-C', where, `-j${inFlight}`, 'all'])
}

/** The start of Node itself is left out: a run without steps is taken off. */
function timeOurs(where: string): Times {
  const idle = timed([process.execPath, import.meta.filename, 'once', '1', '1', command, `${where}-idle`])
  const busy = timed([
    process.execPath,
    import.meta.filename,
    'once',
    String(steps + 1),
    String(inFlight),
    command,
    where,
  ])
  return { wall: busy.wall - idle.wall, cpu: busy.cpu - idle.cpu }
}

function timed(argv: readonly string[]): Times {
  const { stderr } = spawnSync('/usr/bin/time', ['-f', '%e %U %S', ...argv], { encoding: 'utf8' })
  const [wall = 0, user = 0, system = 0] = stderr.trim().split('\n').at(-1)!.split(' ').map(Number)
  return { wall, cpu: user + system + launcherSeconds(stderr) }
}

/** The launcher is a session of its own that `time` does not wait for: `once` prints what it used. */
function launcherSeconds(stderr: string): number {
  return Number(/launcher ([\d.]+)/.exec(stderr)?.[1] ?? 0)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
