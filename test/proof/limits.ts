import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The words before a command that set its limits. */
export type Wrapper = readonly string[]

export const fileLimit = (files: number): Wrapper => ['prlimit', `--nofile=${files}`, '--']

/** A user that nobody else is: the limit on processes counts all that a user has, and does not bind root. */
export const limitedUser = 61_234

/** So that the user can read a checkout that only root may enter. */
const mayRead = '+dac_override,+dac_read_search'

export const processLimit = (processes: number): Wrapper => [
  'setpriv',
  `--reuid=${limitedUser}`,
  `--regid=${limitedUser}`,
  '--clear-groups',
  `--inh-caps=${mayRead}`,
  `--ambient-caps=${mayRead}`,
  '--',
  'prlimit',
  `--nproc=${processes}`,
  '--',
]

/** A control group with a limit on what its processes have in memory together. */
export class MemoryGroup implements Disposable {
  readonly #folder: string

  /** @throws Error where no control group for memory can be made */
  constructor(bytes: number) {
    const [root, limit, swap] = controller()
    this.#folder = join(root, `orchd-test-${process.pid}-${Math.trunc(performance.now())}`)
    mkdirSync(this.#folder)
    writeFileSync(join(this.#folder, limit), String(bytes))
    const swapFile = join(this.#folder, swap.file)
    if (existsSync(swapFile)) writeFileSync(swapFile, swap.value(bytes))
  }

  get wrapper(): Wrapper {
    return ['sh', '-c', `echo $$ > ${join(this.#folder, 'cgroup.procs')} && exec "$@"`, 'sh']
  }

  /** How many of its processes are alive. */
  get processes(): number {
    return readFileSync(join(this.#folder, 'cgroup.procs'), 'utf8').split('\n').length - 1
  }

  [Symbol.dispose](): void {
    rmdirSync(this.#folder)
  }
}

type Controller = readonly [root: string, limit: string, swap: { file: string; value: (bytes: number) => string }]

function controller(): Controller {
  const version1 = '/sys/fs/cgroup/memory'
  if (isWritable(version1)) {
    return [version1, 'memory.limit_in_bytes', { file: 'memory.memsw.limit_in_bytes', value: String }]
  }
  const version2 = '/sys/fs/cgroup'
  const controllers = join(version2, 'cgroup.controllers')
  if (existsSync(controllers) && readFileSync(controllers, 'utf8').includes('memory') && isWritable(version2)) {
    writeFileSync(join(version2, 'cgroup.subtree_control'), '+memory')
    return [version2, 'memory.max', { file: 'memory.swap.max', value: () => '0' }]
  }
  throw new Error('this test needs root and a control group of memory below /sys/fs/cgroup that can be written to')
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    execFileSync('rmdir', [execFileSync('mktemp', ['-d', '-p', folder], { encoding: 'utf8', stdio: 'pipe' }).trim()])
    return true
  } catch {
    return false // not there, not ours, or read-only as in a container
  }
}
