import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findProgram } from '../../src/agents/find-program.ts'
import type { Permissions } from '../../src/plan/plan.ts'
import type { Confined, Sandbox } from '../../src/ports/sandbox.ts'
import { insideEnvironment, wrapperEnvironment } from '../../src/sandbox/environment.ts'
import { createSandbox } from '../../src/sandbox/sandbox.ts'
import type { Result } from '../../src/base/result.ts'

const permissions: Permissions = {
  fileSystem: 'read_write',
  network: 'none',
  hosts: [],
  shellCommands: 'allowed',
  gitOperations: 'pr_only',
}

type Rig = {
  readonly root: string
  readonly sandbox: Sandbox
  wrap: (words?: Partial<Permissions>, cwd?: string) => Result<Confined, string>
}

function rig(home = '/nobody', path = process.env['PATH'] ?? ''): Rig {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'orchd-sandbox-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const sandbox = createSandbox({
    stateFolder: join(root, '.orchd'),
    inbox: join(root, 'inbox'),
    configFile: join(root, 'orchestrator_config.yaml'),
    baseEnv: { PATH: path },
    find: (name) => findProgram(name, path),
    home: home === '.' ? root : home,
  })
  return {
    root,
    sandbox,
    wrap: (words = {}, cwd = root) =>
      sandbox.wrap({
        permissions: { ...permissions, ...words },
        folder: join(root, '.orchd/runs/r/a/1'),
        root,
        workingDirectory: cwd,
        sharedObjects: null,
        command: ['/bin/sh', '-c', 'true'],
        path: '/usr/bin:/bin',
        env: { SECRET: 'not in argv' },
        readOnly: [],
        writable: [],
        wished: { readOnly: [], writable: [] },
      }),
  }
}

test('a sandbox starts here: bubblewrap is one of the packages that the tests need', () => {
  expect(rig().sandbox.availability()).toMatchObject({ works: true })
})

test('without bwrap on the PATH there is no sandbox, and it says what to install', () => {
  const { sandbox, wrap } = rig('/nobody', '/nowhere')
  expect(sandbox.availability()).toMatchObject({ works: false, help: expect.stringContaining('install bubblewrap') })
  expect(wrap()).toMatchObject({ ok: false, error: expect.stringContaining('bwrap is not found') })
})

test('what is there of orchd’s own is hidden, and what is not there leaves no trace', () => {
  const { root, wrap } = rig()
  mkdirSync(join(root, '.orchd'))
  writeFileSync(join(root, 'orchestrator_config.yaml'), '')
  const wrapped = wrap()
  const text = wrapped.ok ? wrapped.value.argv.join(' ') : wrapped.error
  expect(text).toContain(`--tmpfs ${root}/.orchd`)
  expect(text).toContain(`--ro-bind /dev/null ${root}/orchestrator_config.yaml`)
  expect(text).not.toContain(`${root}/inbox`)
})

test('values of the environment are in no command line', () => {
  const wrapped = rig().wrap()
  expect(wrapped.ok && wrapped.value.argv.join(' ')).not.toContain('not in argv')
  expect(wrapped.ok && wrapped.value.env).toMatchObject({ ORCHD_INNER_SECRET: 'not in argv' })
})

test('a folder that holds the home folder, or that is left by a link, is not confined', () => {
  expect(rig('.').wrap()).toMatchObject({ ok: false, error: expect.stringContaining('home folder') })
  expect(rig('.').wrap({ fileSystem: 'none' })).toMatchObject({ ok: true })
  const { root, wrap } = rig()
  symlinkSync('/usr', join(root, 'out'))
  expect(wrap({}, join(root, 'out'))).toMatchObject({ ok: false, error: expect.stringContaining('leads out of') })
})

test.each(['.orchd', 'inbox', 'orchestrator_config.yaml', '.git'])('%s that is a symbolic link is refused', (name) => {
  const { root, wrap } = rig()
  symlinkSync('/usr', join(root, name))
  expect(wrap()).toMatchObject({ ok: false, error: `${root}/${name} is a symbolic link, which a sandbox cannot keep in its place` }) // prettier-ignore
})

test('an agent’s settings that are a link elsewhere are not mounted: the link’s target stays unseen', () => {
  const { root, wrap } = rig()
  symlinkSync('/root', join(root, '.cursor'))
  const wrapped = wrap()
  expect(wrapped.ok && wrapped.value.argv.includes(join(root, '.cursor'))).toBe(false)
})

test('the environment inside is a short list of the holder’s, and the step’s own', () => {
  const base = { LANG: 'C', LC_ALL: 'C', SSH_AUTH_SOCK: '/s', HOME: '/root', AWS_PROFILE: 'x' }
  expect(insideEnvironment(base, '/usr/bin', { A: 'b', ORCHD_OUTPUT: '/host' }, false)).toEqual({
    LANG: 'C',
    LC_ALL: 'C',
    PATH: '/usr/bin',
    HOME: '/run/orchd/home',
    TMPDIR: '/tmp',
    A: 'b',
    ORCHD_OUTPUT: '/run/orchd/outputs',
  })
})

test('no variable of a step means anything to the processes around its sandbox', () => {
  const env = wrapperEnvironment({ LD_LIBRARY_PATH: '/evil', PERL5OPT: '-Mevil', ORCHD_ATTEMPT_KEY: 'r/a/1' })
  expect(env).toEqual({
    ORCHD_INNER_LD_LIBRARY_PATH: '/evil',
    ORCHD_INNER_PERL5OPT: '-Mevil',
    ORCHD_INNER_ORCHD_ATTEMPT_KEY: 'r/a/1',
    ORCHD_ATTEMPT_KEY: 'r/a/1',
  })
})
