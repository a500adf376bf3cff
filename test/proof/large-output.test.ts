import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'
import { long, report } from './size.ts'

const megabyte = 2 ** 20
const size = (long ? 1024 : 80) * megabyte
const capBytes = 64 * megabyte
const probe = pathToFileURL(join(import.meta.dirname, '../fixtures/bin/event-loop-probe.ts')).href

/** What prints so much, of every kind that is hard on somebody. Pipes fail when any of their programs does. */
const printers: { readonly [step: string]: string } = {
  lines: `(yes 'a line of output, as programs print them' || true) | head -c ${size}`,
  'one-line': `head -c ${size} /dev/zero | tr '\\0' x`,
  binary: `head -c ${size} /dev/urandom`,
  'invalid-utf8': `(yes "$(printf '\\377\\376\\200')" || true) | head -c ${size}`,
}

const secret = 'a-token-of-npm-0123456789'

// Each step has a secret, so that all that it prints is looked through for it.
const plan = [
  'name: large',
  'secrets: [NPM_TOKEN]',
  'steps:',
  ...Object.entries(printers).flatMap(([step, command]) => [
    `  - id: ${step}`,
    '    secrets: [NPM_TOKEN]',
    '    run: |',
    '      echo the beginning',
    `      ${command}`,
    '      echo; echo "the end $NPM_TOKEN"',
  ]),
].join('\n')

type Delays = { readonly p99Ms: number; readonly maxMs: number }

async function delaysOf(project: Project, pid: number): Promise<Delays> {
  const file = project.path(`probe.${pid}`)
  process.kill(pid, 'SIGUSR2')
  await until('the probe tells', () => existsSync(file) && readFileSync(file, 'utf8').endsWith('}'))
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** The first and last bytes of a file, as text. */
function endsOf(file: string, bytes: number): readonly [string, string] {
  const handle = openSync(file, 'r')
  try {
    const read = (at: number): string => {
      const buffer = Buffer.alloc(bytes)
      readSync(handle, buffer, 0, bytes, at)
      return buffer.toString('latin1')
    }
    return [read(0), read(statSync(file).size - bytes)]
  } finally {
    closeSync(handle)
  }
}

test(
  `steps that print ${size / megabyte} MB each cost the daemon neither memory nor time`,
  { timeout: 1_200_000 },
  async () => {
    await using project = new Project({ MAX_PARALLEL_AGENTS: '2' })
    project.write('plan.yaml', `${plan}\n`)
    const env = { NODE_OPTIONS: `--import ${probe}`, ORCHD_TEST_PROBE: project.path('probe'), NPM_TOKEN: secret }
    const daemon = await project.daemon(env)
    // A program that does nothing tells how late the machine itself makes everybody.
    const idle = spawn(process.execPath, ['--import', probe, '-e', 'setInterval(() => {}, 1e6)'], {
      env: { ...project.env, ...env, NODE_OPTIONS: '' },
      stdio: 'ignore',
    })
    try {
      const response = await project.json('run', 'plan.yaml')
      expect(response, JSON.stringify(response)).toMatchObject({ status: 'completed' })
      const folder = project.path('.orchd/runs', String(response['run_id']))
      for (const step of Object.keys(printers)) {
        const log = join(folder, step, '1/output.log')
        const [head, tail] = endsOf(log, 22)
        expect([head.startsWith('the beginning\n'), tail.endsWith('\nthe end ***\n')], step).toEqual([true, true])
        expect(statSync(log).size, step).toBeGreaterThan(capBytes - megabyte)
        expect(statSync(log).size, step).toBeLessThan(capBytes + 1000)
      }
      const pid = daemon.child.pid!
      const peakMegabytes = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
      const [late, lateAnyway] = [await delaysOf(project, pid), await delaysOf(project, idle.pid!)]
      const figures = { megabytesEach: size / megabyte, peakMegabytes: Math.round(peakMegabytes), late, lateAnyway }
      report('large output', figures)
      expect(peakMegabytes).toBeLessThan(200)
      expect(late.p99Ms).toBeLessThan(100 + 2 * lateAnyway.p99Ms)
    } finally {
      idle.kill('SIGKILL')
    }
    daemon.child.kill('SIGTERM')
    expect((await daemon.ended).code).toBe(0)
  },
)
