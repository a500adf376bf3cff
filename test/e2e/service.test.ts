import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'
import { NotifySocket } from '../support/notify-socket.ts'

const held = 'name: held\nsteps:\n  - id: wait\n    run: until test -e go; do sleep 0.05; done\n'

type Service = { readonly project: Project; readonly systemd: NotifySocket; readonly env: Record<string, string> }

async function service(more: Record<string, string> = {}, name?: string): Promise<Service & AsyncDisposable> {
  const project = new Project()
  const socket = name ?? project.path('notify')
  const systemd = await NotifySocket.bind(socket)
  return {
    project,
    systemd,
    env: { NOTIFY_SOCKET: socket, ...more },
    [Symbol.asyncDispose]: async () => {
      await project[Symbol.asyncDispose]()
      await systemd[Symbol.asyncDispose]()
    },
  }
}

const statusOfReadiness = (project: Project): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = request({ socketPath: project.path('.orchd/orchd.sock'), path: '/readyz' }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.once('error', reject)
    sent.end()
  })

/** The processes that a process has started. */
const childrenOf = (pid: number | undefined): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)

const commandOf = (pid: number): string =>
  existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') : ''

describe('a daemon under systemd', () => {
  test('is ready when it answers and not before, reloads, and says that it stops', async () => {
    await using under = await service()
    const { project, systemd, env } = under
    const daemon = project.start(['daemon'], env)
    const ready = await systemd.wait('READY')
    expect(await statusOfReadiness(project)).toBe(200)
    expect(systemd.messages[0]).toBe(ready)
    expect(ready).toEqual({ READY: '1', STATUS: `holds ${project.path('.orchd')}: 0 of 10 slots in use` })

    const before = systemd.messages.length
    const from = process.hrtime.bigint() / 1000n
    project.write('orchestrator_config.yaml', 'max_parallel_agents: 3\n')
    daemon.child.kill('SIGHUP')
    const again = await systemd.wait('READY', /1/, before)
    const { RELOADING, MONOTONIC_USEC: at = '' } = systemd.messages[before] ?? {}
    expect([RELOADING, again['STATUS']]).toEqual(['1', expect.stringContaining('0 of 3 slots')])
    expect(BigInt(at) >= from && BigInt(at) <= process.hrtime.bigint() / 1000n).toBe(true)

    daemon.child.kill('SIGTERM')
    await systemd.wait('STOPPING')
    expect((await daemon.ended).code).toBe(0)
    expect(systemd.messages.at(-1)).toMatchObject({ STOPPING: '1' })
    expect(systemd.count('WATCHDOG')).toBe(0)
  })

  test('tells what it does, and its steps know nothing of it', async () => {
    await using under = await service({ WATCHDOG_USEC: '60000000' })
    const { project, systemd, env } = under
    const daemon = project.start(['daemon'], env)
    await systemd.wait('READY')
    project.write('env.yaml', 'name: env\nsteps:\n  - { id: a, run: env > env.txt }\n')
    await project.orchd('run', 'env.yaml')
    expect(project.read('env.txt')).toContain('ORCHD_STEP_ID=a\n')
    expect(project.read('env.txt')).not.toMatch(/NOTIFY_SOCKET|WATCHDOG/)
    project.write('held.yaml', held)
    await project.orchd('run', 'held.yaml', '--detach')
    await systemd.wait('STATUS', /1 of 10 slots/)
    const before = systemd.messages.length
    project.write('go', '')
    await systemd.wait('STATUS', /0 of 10 slots/, before)
    daemon.child.kill('SIGTERM')
    await daemon.ended
  })

  test('speaks to an abstract socket too', async () => {
    await using under = await service({}, `@orchd-test-${process.pid}`)
    const daemon = under.project.start(['daemon'], under.env)
    expect(await under.systemd.wait('READY')).toMatchObject({ READY: '1' })
    daemon.child.kill('SIGKILL')
    await daemon.ended
  })

  test('that is started in the background by a service is none itself', async () => {
    await using under = await service()
    const { project, systemd, env } = under
    project.write('held.yaml', held)
    expect((await project.start(['run', 'held.yaml', '--detach'], env).ended).code).toBe(0)
    const { pid } = JSON.parse(project.read('.orchd/daemon.json'))
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('NOTIFY_SOCKET')
    project.write('go', '')
    await until('it has ended', () => !existsSync(`/proc/${pid}`))
    expect(systemd.messages).toEqual([])
  })

  test('goes on when nobody can be told', async () => {
    await using project = new Project()
    const daemon = await project.daemon({ NOTIFY_SOCKET: '/nonexistent/socket', WATCHDOG_USEC: '100000' })
    project.write('quick.yaml', 'name: quick\nsteps:\n  - { id: a, run: ":" }\n')
    expect((await project.orchd('run', 'quick.yaml')).code).toBe(0)
    daemon.child.kill('SIGTERM')
    expect((await daemon.ended).code).toBe(0)
  })
})

describe('signs of life', () => {
  const watched = { WATCHDOG_USEC: '400000' }
  /** Many times the interval of 200 ms in which one is to come. */
  const longMs = 1500

  test('come at half of the time, stop while the process is stopped, and come again', async () => {
    await using under = await service(watched)
    const { project, systemd, env } = under
    const daemon = project.start(['daemon'], env)
    await systemd.wait('READY')
    const from = performance.now()
    await until('ten have come', () => systemd.count('WATCHDOG') >= 10)
    expect(performance.now() - from).toBeGreaterThan(9 * 150)
    daemon.child.kill('SIGSTOP')
    await delay(200) // what was on its way
    const before = systemd.count('WATCHDOG')
    await delay(longMs)
    expect(systemd.count('WATCHDOG')).toBe(before)
    daemon.child.kill('SIGCONT')
    await until('they come again', () => systemd.count('WATCHDOG') > before)
    daemon.child.kill('SIGTERM')
    expect((await daemon.ended).code).toBe(0)
  })

  test('go on when their sender was killed', async () => {
    await using under = await service(watched)
    const { project, systemd, env } = under
    const daemon = project.start(['daemon'], env)
    await systemd.wait('READY')
    const [sender] = childrenOf(daemon.child.pid).filter((pid) => commandOf(pid).includes('notify.pl'))
    process.kill(sender ?? 0, 'SIGKILL')
    const before = systemd.count('WATCHDOG')
    await until('they come again', () => systemd.count('WATCHDOG') > before + 1)
    daemon.child.kill('SIGTERM')
    expect((await daemon.ended).stderr).toContain('its sender ended with SIGKILL')
  })

  test('are not sent for another process', async () => {
    await using under = await service({ ...watched, WATCHDOG_PID: '1' })
    const daemon = under.project.start(['daemon'], under.env)
    await under.systemd.wait('READY')
    await delay(longMs)
    expect(under.systemd.count('WATCHDOG')).toBe(0)
    daemon.child.kill('SIGKILL')
    await daemon.ended
  })

  test('stop when the journal cannot be written any more', async () => {
    await using under = await service(watched)
    const { project, systemd, env } = under
    // No file may become larger than 256 KiB, which the kernel refuses as an error of the file and not as a full disk.
    const command = `ulimit -f 256; exec "${process.execPath}" "${process.cwd()}/bin/orchd.js" daemon`
    const daemon = spawn('bash', ['-c', command], {
      cwd: project.folder,
      env: { ...project.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let log = ''
    daemon.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
    await systemd.wait('WATCHDOG')
    const steps = Array.from({ length: 60 }, (_, i) => `  - { id: s${i}, run: ":" }\n`).join('')
    project.write('wide.yaml', `name: wide\nconstraints: { max_parallel: 1 }\nsteps:\n${steps}`)
    const run = project.start(['run', 'wide.yaml', '--json'])
    await until('it says so', () => log.includes('the journal cannot be written: systemd gets no more signs of life'))
    await delay(200) // what was on its way
    const before = systemd.count('WATCHDOG')
    await delay(longMs)
    expect(systemd.count('WATCHDOG')).toBe(before)
    // What systemd does then: a new process, which takes up the run where the old one could not go on.
    daemon.kill('SIGKILL')
    const next = await project.daemon()
    await run.ended
    next.child.kill('SIGTERM')
    await next.ended
  })
})

describe('contrib/orchd.service', () => {
  const unit = readFileSync('contrib/orchd.service', 'utf8')

  test('is a unit that systemd accepts, for users and for the system', async () => {
    await using project = new Project()
    project.write('user/orchd.service', unit)
    project.write('system/orchd.service', unit.replaceAll('#system ', '').replace('User=orchd', 'User=root'))
    for (const kind of ['user', 'system']) {
      const { error, status, stdout, stderr } = spawnSync(
        'systemd-analyze',
        ['verify', `--${kind}`, '--man=no', project.path(kind, 'orchd.service')],
        { encoding: 'utf8', env: { ...process.env, XDG_RUNTIME_DIR: project.folder } },
      )
      if (error !== undefined) throw new Error('install systemd-analyze (Debian: package systemd)', { cause: error })
      const about = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('orchd.service'))
      expect({ kind, status, about }).toEqual({ kind, status: 0, about: [] })
    }
  })

  test('lets steps outlive the daemon, and the daemon speak through its sender', () => {
    expect(unit).toMatch(/^KillMode=process$/m)
    expect(unit).toMatch(/^NotifyAccess=all$/m)
  })
})
