import { expect, test } from 'vitest'
import { shellRig } from './rig.ts'

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
