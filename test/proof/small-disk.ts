import { execFileSync } from 'node:child_process'
import { closeSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'

export type DiskKind = 'tmpfs' | 'ext4'

/** A real small file system at a folder, which can be filled to its last byte and emptied again. */
export class SmallDisk implements Disposable {
  readonly #folder: string
  readonly #image: string
  readonly #ballast: string

  /** @param folder is there already; what is in it is hidden until the disk is disposed */
  constructor(kind: DiskKind, folder: string, megabytes: number) {
    this.#folder = folder
    this.#image = `${folder}.image`
    this.#ballast = join(folder, 'ballast')
    try {
      if (kind === 'tmpfs') run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', folder)
      else {
        closeSync(openSync(this.#image, 'w'))
        truncateSync(this.#image, megabytes * 2 ** 20)
        run('mkfs.ext4', '-q', '-m', '0', '-F', this.#image)
        run('mount', '-o', 'loop', this.#image, folder)
      }
    } catch (cause) {
      throw new Error(`a small disk (${kind}) cannot be mounted: this test needs root, and a kernel that lets it`, {
        cause,
      })
    }
  }

  /** Fills it until not even one byte fits. */
  fill(): void {
    const file = openSync(this.#ballast, 'a')
    try {
      for (let block = 2 ** 20; block >= 1; block = Math.floor(block / 4)) while (fits(file, Buffer.alloc(block))) {}
    } finally {
      closeSync(file)
    }
  }

  empty(): void {
    rmSync(this.#ballast, { force: true })
  }

  [Symbol.dispose](): void {
    run('umount', '-l', this.#folder)
    rmSync(this.#image, { force: true })
  }
}

function fits(file: number, bytes: Buffer): boolean {
  try {
    return writeSync(file, bytes) === bytes.length
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false
    throw error
  }
}

function run(command: string, ...args: string[]): void {
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` } // not on everybody's PATH: mkfs.ext4
  execFileSync(command, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
}
