import { existsSync, lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lives, shellRig, until } from './rig.ts'

test('a command that succeeds leaves a claim and a status, and reports success', async () => {
  await using rig = shellRig()
  const attempt = rig.attempt('true')
  const result = await rig.run(attempt)
  expect(result).toMatchObject({ outcome: 'success', cause: null, exitCode: 0, message: null, outputs: {} })
  expect(readlinkSync(join(attempt.folder, 'claim'))).toMatch(/^\d+ \d+ [0-9a-f-]{36}$/)
  expect(rig.file(attempt, 'status')).toMatch(/^\{"reason":"exited","exitCode":0,.*\}\n$/)
  expect(lstatSync(attempt.folder).mode & 0o777).toBe(0o700)
})

test('a command that fails reports its exit code and the last line that it printed', async () => {
  await using rig = shellRig()
  const result = await rig.run(rig.attempt('echo one; echo "\u001b[31mtwo is broken\u001b[0m" >&2; echo; exit 3'))
  expect(result).toMatchObject({ outcome: 'failure', cause: 'exit_nonzero', exitCode: 3 })
  expect(result.message).toBe('exit code 3: two is broken')
})

test('what the proxy of the sandbox refused says why it failed only when nothing else does', async () => {
  await using rig = shellRig()
  const refusal = 'network: registry.npmjs.org:443 is refused: it is not in "hosts"'
  const failing = await rig.run(rig.attempt(`echo '1 test failed'; echo '${refusal}'; exit 1`))
  expect(failing.message).toBe('exit code 1: 1 test failed')
  const silent = await rig.run(rig.attempt(`echo '${refusal}'; exit 1`, { step: 'two' }))
  expect(silent.message).toBe(`exit code 1: ${refusal}`)
})

test('errors in the middle and in pipes fail the step, as bash -e and pipefail have it', async () => {
  await using rig = shellRig()
  expect(await rig.run(rig.attempt('false; true'))).toMatchObject({ exitCode: 1 })
  expect(await rig.run(rig.attempt('false | true', { step: 'two' }))).toMatchObject({ exitCode: 1 })
})

test('stdout and stderr go to one log in order, and stdin is empty', async () => {
  await using rig = shellRig()
  const attempt = rig.attempt('echo out; echo err >&2; cat; echo end')
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success', outputBytes: 12, outputTruncated: false })
  expect(rig.file(attempt, 'output.log')).toBe('out\nerr\nend\n')
  expect(rig.file(attempt, 'output.raw')).toBeNull()
  expect(statSync(join(attempt.folder, 'output.log')).mode & 0o777).toBe(0o600)
})

test('a step sees the base environment, the submitter’s PATH, its own variables, and nothing that bends the shell', async () => {
  await using rig = shellRig({
    baseEnv: {
      PATH: '/nowhere', BASE: 'base', OVER: 'base', ORCHD_RUN_ID: 'outer',
      BASH_ENV: '/dev/fail', SHELLOPTS: 'xtrace', 'BASH_FUNC_true%%': '() { echo hacked; }',
    },
  }) // prettier-ignore
  const attempt = rig.attempt('echo "$PATH|$BASE|$OVER|${ORCHD_RUN_ID-unset}|$SECRET_ONE|$PWD"; true', {
    env: { OVER: 'a=b c' },
    secrets: { SECRET_ONE: 'short' },
    rest: { path: '/usr/bin:/bin' },
  })
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success' })
  expect(rig.file(attempt, 'output.log')).toBe(`/usr/bin:/bin|base|a=b c|unset|short|${rig.stateFolder}\n`)
})

test('nothing of one step’s environment is left for the next', async () => {
  await using rig = shellRig({ baseEnv: { PATH: process.env['PATH'] ?? '', KEPT: 'base' } })
  await rig.run(rig.attempt('true', { env: { KEPT: 'changed', OWN: 'x' }, secrets: { TOKEN: 'a secret' } }))
  const next = rig.attempt('echo "$KEPT|${OWN-}|${TOKEN-}"', { step: 'next' })
  await rig.run(next)
  expect(rig.file(next, 'output.log')).toBe('base||\n')
})

test('a status that a step writes itself does not count', async () => {
  await using rig = shellRig()
  const fake = '{"reason":"exited","exitCode":0}'
  const attempt = rig.attempt(`echo '${fake}' > "$(dirname $ORCHD_OUTPUT)/status"; exit 9`)
  expect(await rig.run(attempt)).toMatchObject({ exitCode: 9 })
  expect(rig.file(attempt, 'status')).toContain('"exitCode":9')
})

test('files that a step makes have the mode that the user’s umask gives', async () => {
  await using rig = shellRig()
  const attempt = rig.attempt('umask')
  await rig.run(attempt)
  expect(Number.parseInt(rig.file(attempt, 'output.log')!, 8)).toBe(process.umask())
})

test('a program is executed without a shell only where a shell would do the same', async () => {
  await using rig = shellRig()
  const outcome = async (command: string, step: string): Promise<unknown> => {
    const attempt = rig.attempt(command, { step })
    const { exitCode } = await rig.run(attempt)
    return [exitCode, rig.file(attempt, 'output.log')]
  }
  expect(await outcome('basename a/b/c', 's1')).toEqual([0, 'c\n'])
  expect(await outcome('no-such-program-anywhere --x', 's2')).toEqual([
    127,
    expect.stringContaining('command not found'),
  ])
  expect(await outcome('/etc/passwd', 's3')).toEqual([126, expect.stringContaining('Permission denied')])
  expect(await outcome('exit 4', 's4')).toEqual([4, null])
  expect(await outcome('printf x', 's5')).toEqual([0, 'x'])
  await rig.run(
    rig.attempt('printf "echo from a script without a first line: \\$0 \\$1" > plain; chmod +x plain', { step: 's6' }),
  )
  expect(await outcome('./plain arg', 's7')).toEqual([0, 'from a script without a first line: ./plain arg\n'])
})

test('a signal that orchd did not send is a crash', async () => {
  await using rig = shellRig()
  const result = await rig.run(rig.attempt('echo about to; kill -SEGV $$'))
  expect(result).toMatchObject({ outcome: 'failure', cause: 'crashed', signal: 'SIGSEGV', exitCode: null })
  expect(result.message).toMatch(/^ended by SIGSEGV, which orchd did not send: about to/)
})

test('an attempt that began is never started again, by whichever adapter', async () => {
  await using one = shellRig()
  await using two = shellRig({ stateFolder: one.stateFolder })
  const attempt = one.attempt('echo x >> begun; sleep 0.3; exit 5')
  const [first, second] = await Promise.all([one.run(attempt), two.run(attempt)])
  expect([first.exitCode, second.exitCode]).toEqual([5, 5])
  expect(await two.run(attempt)).toMatchObject({ exitCode: 5 })
  const count = one.attempt('wc -l < begun', { step: 'count' })
  await one.run(count)
  expect(one.file(count, 'output.log')!.trim()).toBe('1')
})

test('what a step leaves running is ended with it, also in another session and without its environment', async () => {
  await using rig = shellRig()
  const attempt = rig.attempt(`
    sleep 1000 & echo $!
    setsid sleep 1000 & echo $!
    (setsid env -i /bin/sleep 1000 & echo $!)
    setsid sh -c 'trap "" TERM; sleep 1000 & echo $!; wait' & sleep 0.2`)
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success' })
  const pids = rig.file(attempt, 'output.log')!.trim().split('\n').map(Number)
  expect(pids).toHaveLength(4)
  expect(pids.filter((pid) => lives(pid))).toEqual([])
})

test('what is left of what a step left is asked to end before it is made to', async () => {
  await using rig = shellRig()
  const asked = join(rig.stateFolder, 'asked')
  const inner = `trap "echo x >> ${asked}; exit" TERM; : > ready; while :; do sleep 0.02; done`
  // TERM ends the outer shell at once; only then is the inner one an orphan.
  const command = `setsid sh -c '(${inner}) & wait' & until test -e ready; do sleep 0.02; done`
  expect(await rig.run(rig.attempt(command))).toMatchObject({ outcome: 'success' })
  expect(readFileSync(asked, 'utf8')).toBe('x\n')
})

test('what another attempt left running is not swept with this one', async () => {
  await using rig = shellRig()
  const long = rig.attempt('setsid sleep 1000 & echo $!; sleep 1000', { step: 'long' })
  const ended = rig.run(long)
  const pid = await until('its child', () => Number(rig.file(long, 'output.raw')))
  await rig.run(rig.attempt('true', { step: 'short' }))
  expect(lives(pid)).toBe(true)
  rig.shell.stop(long, 'cancelled')
  expect(await ended).toMatchObject({ outcome: 'cancellation' })
  expect(lives(pid)).toBe(false)
})

test('an attempt whose claim cannot be made fails to start, in words', async () => {
  await using rig = shellRig()
  const result = await rig.run(rig.attempt('true', { rest: { folder: '/proc/orchd/1' } }))
  expect(result).toMatchObject({ outcome: 'error', cause: 'spawn_failed' })
  expect(result.message).toContain('/proc/orchd/1')
  expect(existsSync('/proc/orchd')).toBe(false)
})
