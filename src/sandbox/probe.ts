import { execFileSync } from 'node:child_process'
import type { SandboxAvailability } from '../ports/sandbox.ts'

/** `--disable-userns` and `--perms` came with it: one strict policy, and no weaker one for older systems. */
const bwrapNeeded = [0, 8]
const timeoutMs = 10_000

/** Starts a sandbox that does nothing, with everything that a real one asks of the kernel. */
export function probeSandbox(bwrap: string | null): SandboxAvailability {
  if (process.platform !== 'linux') return no(`there is none for ${process.platform}`, 'use Linux')
  if (bwrap === null) return no('bwrap is not found', 'install bubblewrap (Debian: apt-get install bubblewrap)')
  const version = run(bwrap, ['--version'])
  if (!version.ok) return no(`${bwrap} does not run: ${version.text}`, 'install bubblewrap again')
  const [major = 0, minor = 0] = (/\d+(\.\d+)*/.exec(version.text)?.[0] ?? '').split('.').map(Number)
  if (major === 0 && minor < (bwrapNeeded[1] ?? 0))
    return no(`${version.text} is too old`, `install bubblewrap ${bwrapNeeded.join('.')} or newer`)
  const tried = run(bwrap, trial)
  if (tried.ok) return { works: true, version: version.text }
  return no(
    `${version.text} cannot start a sandbox: ${tried.text}`,
    'allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone, AppArmor, or the settings of the container)',
  )
}

const trial = [
  '--unshare-user', '--unshare-all', '--disable-userns', '--cap-drop', 'ALL', '--new-session', '--die-with-parent',
  '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--', 'true',
] // prettier-ignore

const no = (why: string, help: string): SandboxAvailability => ({ works: false, why, help })

function run(program: string, args: readonly string[]): { readonly ok: boolean; readonly text: string } {
  try {
    const text = execFileSync(program, args, {
      encoding: 'utf8',
      timeout: timeoutMs,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
    })
    return { ok: true, text: firstLine(text) }
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? firstLine(String(error.stderr)) : ''
    return { ok: false, text: said === '' ? firstLine(error instanceof Error ? error.message : String(error)) : said }
  }
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? ''
