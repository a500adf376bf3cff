import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { run, type Surroundings } from '../tools/run.ts'
import type { Place } from './place.ts'

const limits = { timeoutMs: 60_000, outputBytes: 4096 }

/**
 * What a patch does to the disk, by small scripts in the surroundings of the model's commands: the driver itself is
 * outside of the sandbox. Each rejects with what the system says, and whoever is killed leaves the file as it was.
 */
export class Files {
  readonly #around: Surroundings
  readonly #cancelled: AbortSignal

  constructor(around: Surroundings, cancelled: AbortSignal) {
    this.#around = around
    this.#cancelled = cancelled
  }

  /** Nothing that appeared meanwhile is overwritten. */
  async create(place: Place, text: string): Promise<void> {
    const put = 'mkdir -p "$3" && cat >"$1" && ln "$1" "$2"'
    await this.#script(`${put}; code=$?; rm -f "$1"; exit $code`, [beside(place), place.file, place.parent], text)
  }

  async replace(place: Place, text: string, mode: number): Promise<void> {
    const put = 'cat >"$1" && chmod "$3" "$1" && mv "$1" "$2"'
    const words = [beside(place), place.file, mode.toString(8)]
    await this.#script(`${put}; code=$?; rm -f "$1"; exit $code`, words, text)
  }

  async remove(path: string): Promise<void> {
    await this.#script('rm "$1"', [path], '')
  }

  async #script(script: string, words: readonly string[], input: string): Promise<void> {
    const command = ['/bin/sh', '-c', script, 'sh', ...words]
    const { exitCode, stderr } = await run(this.#around, command, { ...limits, input }, this.#cancelled)
    if (exitCode !== 0) throw new Error(stderr.trim().split('\n').at(-1) || `exit code ${exitCode}`)
  }
}

const beside = ({ parent }: Place): string => join(parent, `.orchd-patch-${randomUUID()}`)
