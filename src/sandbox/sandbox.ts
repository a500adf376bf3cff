import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { err, ok } from '../base/result.ts'
import type { Sandbox, SandboxAvailability } from '../ports/sandbox.ts'
import { argvOf } from './argv.ts'
import { insideEnvironment, wrapperEnvironment } from './environment.ts'
import { furtherPaths } from './further-paths.ts'
import { type Protected, systemPaths, workPaths } from './paths.ts'
import { probeSandbox } from './probe.ts'

export type SandboxOptions = Protected & {
  /** The holder's environment without secrets. */
  readonly baseEnv: { readonly [name: string]: string }
  /** The file of a program, as the holder finds it; `null`: there is none. */
  find(name: string): string | null
  /** The home folder of whom the holder runs for. */
  readonly home: string
}

/** How long a no is believed: somebody may install what is missing while the daemon runs. */
const retryAfterMs = 10_000
const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** Sandboxes of bubblewrap: `perl wrapper.pl` -> `bwrap` -> the command. */
export function createSandbox(options: SandboxOptions): Sandbox {
  const { baseEnv, home } = options
  let known: { readonly availability: SandboxAvailability; readonly atMs: number; readonly bwrap: string } | null = null
  const look = (): SandboxAvailability => {
    if (known !== null && (known.availability.works || performance.now() - known.atMs < retryAfterMs))
      return known.availability
    const bwrap = options.find('bwrap')
    known = { availability: probeSandbox(bwrap), atMs: performance.now(), bwrap: bwrap ?? '' }
    return known.availability
  }
  return {
    availability: look,
    wrap(request) {
      const availability = look()
      if (!availability.works) return err(`${availability.why}; ${availability.help}`)
      const perl = options.find('perl')
      if (perl === null) return err('perl is not found; install it (Debian: apt-get install perl-base)')
      const work = workPaths(request, options, home)
      if (!work.ok) return work
      const further = furtherPaths(request, options, home)
      if (!further.ok) return further
      const { permissions, folder } = request
      const proxied = permissions.network === 'restricted'
      const inside = argvOf(permissions, {
        ...work.value,
        system: systemPaths(),
        ...further.value,
        outputs: join(folder, 'outputs'),
        proxy: proxied ? { socket: join(folder, 'network.sock'), perl, script: script('network.pl') } : null,
      })
      const hosts = proxied ? permissions.hosts.join(',') : ''
      return ok({
        argv: [
          perl,
          script('wrapper.pl'),
          folder,
          proxied ? 'proxy' : 'none',
          hosts,
          known?.bwrap ?? '',
          ...inside,
          ...request.command,
        ],
        env: wrapperEnvironment(insideEnvironment(baseEnv, request.path, request.env, proxied)),
      })
    },
  }
}
