import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compiledLauncher, launcherProgram } from '../../src/agents/process/program.ts'
import { shellRig } from './rig.ts'

const compiles = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0
const built = existsSync(join(import.meta.dirname, '../../dist'))

test('where there is a C compiler the launcher is compiled, and runs', () => {
  const answer = spawnSync(compiledLauncher() ?? 'false', ['--version'], { encoding: 'utf8' })
  expect(answer.stdout).toBe(compiles && built ? 'compiled\n' : '')
})

test('the launcher in Perl is taken when it is asked for, and where there is no other', () => {
  expect(launcherProgram('/opt/perl')).toMatchObject({
    command: '/opt/perl',
    args: [expect.stringMatching(/launcher\.pl$/)],
  })
  expect(launcherProgram().command).toBe(compiledLauncher() ?? 'perl')
})

test('the project "perl" tests the launcher in Perl, and the others the one that users get', async () => {
  await using rig = shellRig()
  const attempt = rig.attempt('tr "\\0" " " < /proc/$PPID/cmdline')
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success' })
  const wantsPerl = process.env['ORCHD_LAUNCHER'] === 'perl' || compiledLauncher() === null
  expect(rig.file(attempt, 'output.log')?.includes('launcher.pl')).toBe(wantsPerl)
})
