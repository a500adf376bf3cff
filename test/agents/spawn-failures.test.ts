import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compiledLauncher } from '../../src/agents/process/program.ts'
import { createShell } from '../../src/agents/shell.ts'
import { attemptOf } from './attempt.ts'
import { launcher, plainEnv, runOn, shellRig } from './rig.ts'

test.for([
  [
    'a folder that is not there',
    { workingDirectory: '/no/such/folder' },
    'cannot work in /no/such/folder: No such file or directory',
  ],
  [
    'a NUL in a variable',
    { env: { A: 'x\0y' } },
    'the variable A holds a NUL character, which no program can be given',
  ],
  [
    'a variable of 128 KiB',
    { env: { BIG: 'x'.repeat(131_072) } },
    'the variable BIG has 131077 bytes; the system passes at most 131072: use a file',
  ],
  ['a name that cannot be one', { env: { 'A=B': 'x' } }, '"A=B" cannot be the name of a variable'],
] as const)('%s is a failure to start, in words', async ([, rest, message]) => {
  await using rig = shellRig()
  const result = await rig.run(rig.attempt('true', { rest }))
  expect(result).toMatchObject({ outcome: 'error', cause: 'spawn_failed', exitCode: null, message })
})

test('a command that is too long is a failure to start', async () => {
  await using rig = shellRig()
  const result = await rig.run(rig.attempt(`echo ${'x'.repeat(140_000)}`))
  expect(result).toMatchObject({ outcome: 'error', cause: 'spawn_failed' })
  expect(result.message).toMatch(/^the command has 14\d+ bytes/)
})

test('a variable of almost 128 KiB is passed on', async () => {
  await using rig = shellRig()
  const attempt = rig.attempt('echo ${#BIG}', { env: { BIG: 'x'.repeat(131_067) } })
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success' })
  expect(rig.file(attempt, 'output.log')).toBe('131067\n')
})

test('an environment that is too big altogether is a failure to start', async () => {
  await using rig = shellRig()
  const env = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`BIG_${index}`, 'x'.repeat(120_000)]))
  const result = await rig.run(rig.attempt('true', { env }))
  expect(result).toMatchObject({ outcome: 'error', cause: 'spawn_failed' })
  expect(result.message).toContain('Argument list too long')
})

test.for(['/no/such/perl', '/bin/false'])(
  'without a perl that works (%s) steps fail to start, and say so',
  async (perl) => {
    await using rig = shellRig({ perl })
    const result = await rig.run(rig.attempt('true'))
    expect(result).toMatchObject({ outcome: 'error', cause: 'spawn_failed' })
    expect(result.message).toMatch(/perl|launcher/)
  },
)

test('an adapter that runs no commands says so', async () => {
  await using rig = shellRig()
  const result = await rig.run(rig.attempt('', { spec: { body: { kind: 'prompt', prompt: 'do it' } } }))
  expect(result.message).toBe('the shell runs steps with "run", not with "prompt"')
})

test('when the system has no process to spare the launcher tries again', async () => {
  await using outer = shellRig()
  await using rig = shellRig({ perl: launcherWithoutProcesses(outer.stateFolder, 4) })
  const attempt = rig.attempt('echo at last')
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success' })
  expect(rig.file(attempt, 'output.log')).toBe('at last\n')
})

test('an attempt that waits for a process can be stopped', async () => {
  await using outer = shellRig()
  await using rig = shellRig({ perl: launcherWithoutProcesses(outer.stateFolder, 10_000) })
  const attempt = rig.attempt('true')
  const ended = rig.run(attempt)
  rig.shell.stop(attempt, 'cancelled')
  expect(await ended).toMatchObject({ outcome: 'cancellation', cause: 'cancelled' })
})

test('a state folder that is not there fails the attempt, not the holder', async () => {
  const stateFolder = '/no/such/state'
  const shell = createShell({ stateFolder, baseEnv: plainEnv(), secretValues: [] })
  const result = await runOn(shell, attemptOf({ stateFolder }))
  expect(result).toMatchObject({ outcome: 'error', cause: 'spawn_failed' })
  expect(result.message).toContain('/no/such/state')
  await shell.close()
})

/** A program that runs the launcher, which is told so often that the system has no process to spare. */
function launcherWithoutProcesses(folder: string, times: number): string {
  const file = join(folder, 'launcher-without-processes')
  const compiled = launcher().perl === undefined ? compiledLauncher() : null
  const fails = `my $n = 0; *CORE::GLOBAL::fork = sub { if ($n++ < ${times}) { $! = 11; return undef } CORE::fork() }`
  const inPerl = `exec perl -e 'BEGIN { ${fails} } do shift; die $@' "$@"`
  const traced = `-e trace=?vfork,clone -e inject=?vfork,clone:error=EAGAIN:when=1..${times}`
  const inC = `shift; exec strace -o /dev/null ${traced} ${compiled} "$@"`
  writeFileSync(file, `#!/bin/sh\n${compiled === null ? inPerl : inC}\n`)
  chmodSync(file, 0o755)
  return file
}
