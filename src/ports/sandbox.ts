import type { Result } from '../base/result.ts'
import type { Permissions } from '../plan/plan.ts'

/**
 * Confines a command by the kernel. It starts nothing itself: it says how to start what confines it, so that a
 * confined process is launched, adopted, timed out and swept like any other.
 */
export type Sandbox = {
  /** Whether a sandbox starts on this machine. Tried at the first call; a yes is kept, a no is tried again later. */
  availability(): SandboxAvailability
  /**
   * The command line and the whole environment that run `command` confined. An error is one line that says what
   * stands against it; the caller must not run the command then, unless the plan says `preferred`.
   */
  wrap(request: SandboxRequest): Result<Confined, string>
}

export type SandboxAvailability =
  | { readonly works: true; readonly version: string }
  /** `why` in one line, `help` says what to install or to allow. */
  | { readonly works: false; readonly why: string; readonly help: string }

export type SandboxRequest = {
  readonly permissions: Permissions
  /** Absolute path of the attempt's own folder; of it only the outputs can be seen inside. It may not exist yet. */
  readonly folder: string
  /** Absolute path of the workspace or project folder. */
  readonly root: string
  /** Absolute path in `root`. */
  readonly workingDirectory: string
  /** Absolute path of the objects that `.git` in `root` shares: seen, and not changed, where `.git` is. `null`: none. */
  readonly sharedObjects: string | null
  /** With an absolute path first. */
  readonly command: readonly string[]
  /** PATH inside; folders that cannot be seen there do no harm. */
  readonly path: string
  /** All variables inside beside PATH, HOME, TMPDIR and those for language and time zone; `null` takes one away. */
  readonly env: { readonly [name: string]: string | null }
  /**
   * Further files and folders that are seen, and cannot be changed: an agent's program. They are found inside under the
   * same paths, symbolic links on the way included. Missing ones are left out.
   */
  readonly readOnly: readonly string[]
  /** Further files and folders that can be changed, also where all around them is hidden: an agent's own home. */
  readonly writable: readonly string[]
  /** The same as somebody has configured it: refused when it holds the home folder, or shows anything of orchd's own. */
  readonly wished: { readonly readOnly: readonly string[]; readonly writable: readonly string[] }
}

export type Confined = {
  readonly argv: readonly string[]
  /** Nothing of the holder's environment may be added: the outermost process of the sandbox is not confined itself. */
  readonly env: { readonly [name: string]: string }
}

/** The home folder inside; work that may see no files begins there. */
export const insideHome = '/run/orchd/home'

/** In the attempt's folder when the sandbox could not be set up, so that the command never began. */
export const setupFailedMark = 'sandbox.failed'
