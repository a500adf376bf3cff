import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'

// Tries to get out of a sandbox, or at what it must not touch. Each is a shell command that succeeds when it got
// through. Those that are harmless are made outside as well, where they must succeed: a try that cannot is no proof.

type Try = {
  readonly name: string
  readonly script: string
  /** Not made outside: it would do harm, or depends on the machine. */
  readonly insideOnly?: true
}

const connectTo = (address: string): string =>
  `perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0) or exit 1; exit(connect(S, pack_sockaddr_un(${address})) ? 0 : 1)'`
/** A system call by its number on x86-64 and on ARM. */
const call = (x64: number, arm: number, args: string): string =>
  `perl -e '@n = (x86_64 => ${x64}, aarch64 => ${arm}); use POSIX; %n = @n; exit(syscall($n{(uname())[4]} // exit(1), ${args}) >= 0 ? 0 : 1)'`

const files: readonly Try[] = [
  { name: 'read-home', script: 'cat "$OUTER_HOME/.ssh/id"' },
  { name: 'read-home-by-proc', script: 'cat "/proc/self/root$OUTER_HOME/.ssh/id"' },
  { name: 'read-home-by-cwd', script: 'cat "/proc/1/cwd/../$(basename "$OUTER_HOME")/.ssh/id"', insideOnly: true },
  { name: 'read-home-by-tilde', script: 'ls ~root/.[a-z]* /root/.[a-z]*', insideOnly: true },
  { name: 'read-another-project', script: 'cat "$OUTSIDE/secret"' },
  { name: 'read-another-project-by-parents', script: 'cat "../$(basename "$OUTSIDE")/secret"' },
  { name: 'read-another-project-by-symlink', script: 'ln -s "$OUTSIDE" "link-$ORCHD_STEP_ID"; cat "link-$ORCHD_STEP_ID/secret"' },
  { name: 'read-another-project-by-hard-link', script: 'ln "$OUTSIDE/secret" "hard-$ORCHD_STEP_ID"' },
  { name: 'write-another-project', script: 'test -d "$OUTSIDE" && touch "$OUTSIDE/written"' },
  { name: 'read-shadow', script: 'cat /etc/shadow', insideOnly: true },
  { name: 'write-etc', script: 'touch /etc/orchd-escaped', insideOnly: true },
  { name: 'write-usr', script: 'touch /usr/orchd-escaped || touch /usr/local/bin/orchd-escaped', insideOnly: true },
  { name: 'write-program', script: 'echo x >> /usr/bin/true', insideOnly: true },
  { name: 'remount-usr', script: 'mount -o remount,rw /usr', insideOnly: true },
  { name: 'mount', script: 'mount -t tmpfs tmpfs /tmp', insideOnly: true },
  { name: 'read-sys', script: 'ls /sys/kernel' },
  { name: 'see-disks', script: 'ls /dev | grep -E "^(sd|vd|nvme|loop|mem|kmem|kvm|fuse)"', insideOnly: true },
  { name: 'make-device', script: 'mknod "disk-$ORCHD_STEP_ID" b 8 0', insideOnly: true },
] // prettier-ignore

const own: readonly Try[] = [
  { name: 'read-journal', script: 'head -c 16 .orchd/orchd.db | grep -q SQLite' },
  { name: 'read-state-folder', script: 'ls .orchd/* ' },
  { name: 'read-other-attempts', script: 'ls .orchd/runs/*/*' },
  { name: 'read-own-attempt', script: 'cat .orchd/runs/*/*/*/output.raw' },
  { name: 'connect-to-holder', script: connectTo('(glob(".orchd/*.sock"))[0]') },
  { name: 'write-into-state-folder', script: 'touch ".orchd/$ORCHD_STEP_ID"' },
  { name: 'move-state-folder', script: 'mv .orchd elsewhere', insideOnly: true },
  { name: 'remove-state-folder', script: 'rmdir .orchd', insideOnly: true },
  { name: 'uncover-state-folder', script: 'umount .orchd || umount -l .orchd', insideOnly: true },
  { name: 'drop-plan-into-inbox', script: 'cp plan.yaml "inbox/$ORCHD_STEP_ID.tmp"' },
  { name: 'move-inbox', script: 'mv inbox elsewhere', insideOnly: true },
  { name: 'read-configuration', script: 'grep . orchestrator_config.yaml' },
  { name: 'write-configuration', script: 'echo >> orchestrator_config.yaml' },
  { name: 'replace-configuration', script: 'cp plan.yaml other.yaml; mv other.yaml orchestrator_config.yaml', insideOnly: true },
  { name: 'write-git-hook', script: 'echo true > .git/hooks/post-checkout' },
  { name: 'write-git-config', script: 'git config -f .git/config core.fsmonitor false' },
  { name: 'write-git-objects', script: 'touch .git/objects/x' },
  { name: 'move-git', script: 'mv .git elsewhere', insideOnly: true },
  { name: 'write-agent-servers', script: 'echo >> .mcp.json' },
  { name: 'write-agent-settings', script: 'echo >> .claude/settings.json' },
  { name: 'replace-agent-settings', script: 'mv .claude elsewhere && mkdir .claude && echo > .claude/settings.json', insideOnly: true },
  { name: 'replace-agent-rules', script: 'mv .cursor elsewhere && mkdir .cursor', insideOnly: true },
  { name: 'write-agent-rules', script: 'touch .cursor/x' },
] // prettier-ignore

const processes: readonly Try[] = [
  { name: 'see-processes', script: 'grep -q . "/proc/$OUTER_PID/cmdline" && grep -qz vitest "/proc/$OUTER_PID/cmdline"' },
  { name: 'signal-processes', script: 'kill -0 "$OUTER_PID"' },
  { name: 'trace-the-parent', script: call(101, 117, '16, $ENV{OUTER_PID}, 0, 0'), insideOnly: true },
  { name: 'read-environments', script: 'cat /proc/[0-9]*/environ | grep -qaz "^UNLISTED_TOKEN="', insideOnly: true },
  { name: 'inherit-environment', script: 'test -n "$UNLISTED_SETTING"' },
  { name: 'inherit-descriptors', script: 'for fd in /proc/self/fd/* /proc/1/fd/*; do readlink $fd; done | grep -v -E "^(/dev/null|/proc/.*|.*/output.raw|(pipe|anon_inode):.*)$"', insideOnly: true },
  { name: 'become-more', script: 'grep -E "^Cap(Prm|Eff|Bnd):.*[1-9a-f]" /proc/self/status || ! grep -q "^NoNewPrivs:.1" /proc/self/status' },
  { name: 'make-user-namespace', script: 'unshare --user --map-root-user true', insideOnly: true },
  { name: 'change-root', script: 'chroot / true', insideOnly: true },
  { name: 'set-core-pattern', script: 'echo core > /proc/sys/kernel/core_pattern', insideOnly: true },
  { name: 'set-kernel-values', script: 'find /proc -maxdepth 3 -type f -writable -not -path "/proc/[0-9]*" -not -path "/proc/self/*" -not -path "/proc/thread-self/*" | grep .', insideOnly: true },
  { name: 'press-sysrq', script: 'echo h > /proc/sysrq-trigger', insideOnly: true },
  { name: 'use-key-rings', script: call(250, 219, '0, -3, 0') },
  { name: 'load-program-into-kernel', script: call(321, 280, '0, 0, 0'), insideOnly: true },
  { name: 'type-into-terminal', script: `perl -e 'open T, "+<", "/dev/tty" or exit 1; exit(ioctl(T, 0x5412, "x") ? 0 : 1)'`, insideOnly: true },
  { name: 'set-host-name', script: 'test "$(cat /proc/sys/kernel/hostname)" != sandbox || hostname escaped', insideOnly: true },
  { name: 'leave-a-process', script: 'setsid env -i sleep 7655.1 & disown; false', insideOnly: true },
] // prettier-ignore

const network: readonly Try[] = [
  { name: 'reach-loopback', script: 'exec 3<> "/dev/tcp/127.0.0.1/$OUTER_PORT"' },
  { name: 'reach-metadata', script: 'timeout 2 bash -c "exec 3<> /dev/tcp/169.254.169.254/80"', insideOnly: true },
  { name: 'reach-a-host', script: 'timeout 2 bash -c "exec 3<> /dev/tcp/192.0.2.1/80"', insideOnly: true },
  { name: 'resolve-names', script: 'timeout 5 getent ahosts example.org', insideOnly: true },
  { name: 'reach-abstract-socket', script: connectTo('"\\0orchd-escape-$ENV{OUTER_PORT}"') },
  { name: 'reach-unix-socket', script: connectTo('"$ENV{OUTSIDE}/socket"') },
  { name: 'reach-container-engine', script: 'ls /run/docker.sock /var/run/docker.sock /run/containerd /run/dbus', insideOnly: true },
] // prettier-ignore

const all = [...files, ...own, ...processes, ...network]

const madeBy = (tries: readonly Try[]): string =>
  tries
    .map(
      ({ name, script }) =>
        `if ( ${script} ) > /dev/null 2>&1; then echo '${name}=through'; else echo '${name}=stopped'; fi >> "$ORCHD_OUTPUT"`,
    ) // prettier-ignore
    .join('\n')

const outside = mkdtempSync(join(tmpdir(), 'orchd-outside-'))
const home = mkdtempSync(join(tmpdir(), 'orchd-home-'))
const servers = [createServer(), createServer(), createServer()]
const went: Record<string, Readonly<Record<string, string>>> = {}
let project: Project | null = null

beforeAll(async () => {
  mkdirSync(join(home, '.ssh'))
  writeFileSync(join(home, '.ssh/id'), 'private')
  writeFileSync(join(outside, 'secret'), 'secret')
  const [tcp, abstract, unix] = servers
  tcp?.listen(0, '127.0.0.1')
  if (tcp !== undefined) await once(tcp, 'listening')
  const address = tcp?.address()
  const port = typeof address === 'object' ? ((address satisfies AddressInfo | null)?.port ?? 0) : 0
  abstract?.listen(`\0orchd-escape-${port}`)
  unix?.listen(join(outside, 'socket'))
  project = new Project({ HOME: home, UNLISTED_SETTING: 'x', UNLISTED_TOKEN: 'a-secret-of-the-daemon' })
  for (const folder of ['inbox', '.git/hooks', '.git/objects', '.claude', '.cursor'])
    mkdirSync(project.path(folder), { recursive: true })
  for (const name of ['.git/config', '.mcp.json', '.claude/settings.json']) project.write(name, '')
  project.write('orchestrator_config.yaml', 'max_parallel_agents: 3\n')
  project.write('confined.sh', madeBy(all))
  project.write('free.sh', madeBy(all.filter(({ insideOnly }) => insideOnly === undefined)))
  const env = `{ OUTER_HOME: ${home}, OUTSIDE: ${outside}, OUTER_PID: "${process.pid}", OUTER_PORT: "${port}" }`
  project.write(
    'plan.yaml',
    `name: escape
env: ${env}
steps:
  - { id: confined, run: bash confined.sh, permissions: { network: none, git_operations: pr_only } }
  - { id: free, depends_on: [confined], trigger_rule: all_done, run: bash free.sh }
`,
  )
  const response = await project.json('run', 'plan.yaml')
  for (const step of Array.isArray(response['steps']) ? response['steps'] : []) went[step.id] = step.outputs
})

afterAll(async () => {
  for (const server of servers) server.close()
  await project?.[Symbol.asyncDispose]()
  for (const folder of [outside, home]) rmSync(folder, { recursive: true, force: true })
})

describe('from a sandbox', () => {
  test('about sixty ways out were tried', () => {
    expect(Object.keys(went['confined'] ?? {}).toSorted()).toEqual(all.map(({ name }) => name).toSorted())
    expect(all.length).toBeGreaterThan(55)
  })

  test.each(all)('$name is stopped', ({ name }) => {
    expect(went['confined']?.[name]).toBe('stopped')
  })

  test('nothing was left outside', () => {
    expect(readdirSync(outside).toSorted()).toEqual(['secret', 'socket', 'written']) // the last by the free step
    expect(project?.read('orchestrator_config.yaml')).toMatch(/^max_parallel_agents: 3\n/)
    for (const path of ['/etc/orchd-escaped', '/usr/orchd-escaped', '/usr/local/bin/orchd-escaped'])
      expect(existsSync(path)).toBe(false)
    const left = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && commandOf(name).includes('7655.1'))
    expect(left).toEqual([])
  })
})

describe('without a sandbox', () => {
  test.each(all.filter(({ insideOnly }) => insideOnly === undefined))('$name gets through: the try can', ({ name }) => {
    expect(went['free']?.[name]).toBe('through')
  })
})

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return '' // it has ended
  }
}
