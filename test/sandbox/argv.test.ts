import { expect, test } from 'vitest'
import type { Permissions } from '../../src/plan/plan.ts'
import { argvOf, type SandboxPaths } from '../../src/sandbox/argv.ts'

const everything: Permissions = {
  fileSystem: 'read_write',
  network: 'allowed',
  hosts: [],
  shellCommands: 'allowed',
  gitOperations: 'allowed',
}
const paths: SandboxPaths = {
  system: [
    { path: '/usr', link: null },
    { path: '/bin', link: 'usr/bin' },
  ],
  root: '/project',
  workingDirectory: '/project/sub',
  git: { path: '/project/.git', kind: 'folder' },
  hidden: [
    { path: '/project/.orchd', kind: 'folder' },
    { path: '/project/orchestrator_config.yaml', kind: 'file' },
  ],
  guarded: ['/project/.mcp.json'],
  links: [{ path: '/home/u/bin', text: 'tools' }],
  readOnly: ['/tools'],
  writable: ['/project/.orchd/runs/r/a/1/home'],
  outputs: '/state/attempt/outputs',
  proxy: null,
}
const textOf = (words: Partial<Permissions>, more: Partial<SandboxPaths> = {}): string =>
  ` ${argvOf({ ...everything, ...words }, { ...paths, ...more }).join(' ')} `

test('whatever is allowed, a sandbox has namespaces, no capabilities, no terminal, and ends with its wrapper', () => {
  for (const words of [{}, { fileSystem: 'none', network: 'none' }] satisfies Partial<Permissions>[]) {
    const text = textOf(words)
    for (const needed of [
      '--unshare-user', '--unshare-all', '--cap-drop ALL', '--disable-userns', '--new-session', '--die-with-parent',
      '--ro-bind /usr /usr', '--symlink usr/bin /bin', '--proc /proc', '--ro-bind-try /proc/sys /proc/sys', '--tmpfs /tmp', '--tmpfs /run/orchd/home', '--remount-ro / ',
    ]) expect(text).toContain(` ${needed}`) // prettier-ignore
    expect(text.trimEnd()).toMatch(/ --$/)
  }
})

test('file_system says whether the folder of the work is there, and whether it can be changed', () => {
  expect(textOf({ fileSystem: 'read_write' })).toContain(' --bind /project /project ')
  expect(textOf({ fileSystem: 'read_only' })).toContain(' --ro-bind /project /project ')
  const none = textOf({ fileSystem: 'none' }, { writable: [] })
  expect(none).not.toContain('/project')
  expect(none).toContain(' --chdir /run/orchd/home ')
})

test('what is orchd’s own lies hidden over the folder of the work, whatever may be done in it', () => {
  for (const fileSystem of ['read_only', 'read_write'] as const) {
    const text = textOf({ fileSystem })
    for (const hidden of [' --tmpfs /project/.orchd ', ' --ro-bind /dev/null /project/orchestrator_config.yaml '])
      expect(text.indexOf(hidden)).toBeGreaterThan(text.indexOf('bind /project /project'))
  }
})

test('git_operations says how much of the repository is there', () => {
  expect(textOf({ gitOperations: 'allowed' })).toContain(' --ro-bind-try /project/.git/hooks /project/.git/hooks ')
  expect(textOf({ gitOperations: 'allowed' })).toContain(' --ro-bind-try /project/.git/config /project/.git/config ')
  expect(textOf({ gitOperations: 'allowed' })).toContain(' --bind /project/.git /project/.git ')
  expect(textOf({ gitOperations: 'allowed', fileSystem: 'read_only' })).toContain(
    ' --ro-bind /project/.git /project/.git ',
  )
  expect(textOf({ gitOperations: 'pr_only' })).toContain(' --ro-bind /project/.git /project/.git ')
  expect(textOf({ gitOperations: 'none' })).toContain(' --tmpfs /project/.git ')
  const file = { git: { path: '/project/.git', kind: 'file' } } as const
  expect(textOf({ gitOperations: 'allowed' }, file)).toContain(' --ro-bind /project/.git /project/.git ')
  expect(textOf({ gitOperations: 'none' }, file)).toContain(' --ro-bind /dev/null /project/.git ')
})

test('network says whether the machine’s is shared; a restricted one leads to the proxy and nowhere else', () => {
  expect(textOf({ network: 'allowed' })).toContain(' --share-net ')
  expect(textOf({ network: 'none' })).not.toContain('--share-net')
  const proxy = { socket: '/state/attempt/network.sock', perl: '/usr/bin/perl', script: '/lib/network.pl' }
  const restricted = textOf({ network: 'restricted' }, { proxy })
  expect(restricted).not.toContain('--share-net')
  expect(restricted).toContain(' --bind /state/attempt/network.sock /run/orchd/network.sock ')
  expect(restricted).toMatch(/ -- \/usr\/bin\/perl \/lib\/network\.pl forward 3128 \/run\/orchd\/network\.sock $/)
})

test('folders above what is guarded or hidden are mounts too, so that nothing can take their place', () => {
  const text = textOf({}, { guarded: ['/project/a/b/settings.json'] })
  const places = [' --bind /project/a /project/a ', ' --bind /project/a/b /project/a/b ', ' --ro-bind /project/a/b/settings.json '] // prettier-ignore
  const found = places.map((place) => text.indexOf(place))
  expect(found[0]).toBeGreaterThan(0)
  expect(found).toEqual(found.toSorted((a, b) => a - b))
})

test('what configures agents cannot be changed, and further paths can be read, or written', () => {
  expect(textOf({})).toContain(' --ro-bind /project/.mcp.json /project/.mcp.json ')
  const text = textOf({})
  expect(text).toContain(' --ro-bind-try /tools /tools ')
  // Over what hides the state folder, which is closed only then.
  const [hidden, home, closed] = [' --tmpfs /project/.orchd ', ' --bind-try /project/.orchd/runs/r/a/1/home ', ' --remount-ro /project/.orchd '].map((part) => text.indexOf(part)) // prettier-ignore
  expect(hidden).toBeGreaterThan(0)
  expect(home).toBeGreaterThan(hidden ?? 0)
  expect(closed).toBeGreaterThan(home ?? 0)
})
