import { existsSync, readdirSync, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { createRedactor, type Redactor } from '../base/redact.ts'
import type { LogReader } from '../ports/logs.ts'
import { readStatus } from './process/ended.ts'
import { watchFolder } from './process/watch.ts'
import { cutNote, defaultCaps, isCut, type OutputCaps, redactedOutput, tailStart } from './raw-log.ts'
import { rawLogName, sealedLogName } from './seal.ts'
import { loadRecord, phaseFolder, phaseName } from './verify/record.ts'

const chunkBytes = 1 << 16

/** A folder that is not there yet cannot be watched, and people wait for the first line. */
const lookEveryMs = 200

/**
 * Logs of attempts: sealed ones as they are, unsealed ones through the redactor, in bounded memory.
 *
 * @param secretValues values that are never shown, whatever the plan
 */
export function createLogReader(secretValues: readonly string[], caps: OutputCaps = defaultCaps): LogReader {
  const redactor = createRedactor(secretValues)
  return (folder, { follow, from = 0, signal, secretValues: more }) => {
    const both = more === undefined || more.length === 0 ? redactor : createRedactor([...secretValues, ...more])
    const one = (part: string): AsyncGenerator<Uint8Array> =>
      follow ? followed(part, both, caps, signal) : present(part, both, caps)
    return withoutFirst(allRounds(folder, one, follow, signal), from)
  }
}

async function* withoutFirst(parts: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let left = bytes
  for await (const part of parts) {
    if (part.length > left) yield left === 0 ? part : part.subarray(left)
    left = Math.max(0, left - part.length)
  }
}

/** The log of an attempt, with those of its later rounds and of its checks behind it. */
async function* allRounds(
  folder: string,
  one: (folder: string) => AsyncGenerator<Uint8Array>,
  follow: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let last: number | undefined
  for (let index = 0; index === 0 || (await isThere(folder, index, follow, signal)); index += 1) {
    if (index > 0)
      yield Buffer.from(`${last === undefined || last === lineEnd ? '' : '\n'}orchd: ${phaseName(index)}\n`)
    for await (const part of one(phaseFolder(folder, index))) {
      last = part.at(-1) ?? last
      yield part
    }
  }
  if (loadRecord(folder) !== null) return
  for (const name of partsIn(folder)) {
    // Of interest only where nothing came behind it: it failed.
    if (name === 'setup' && last !== undefined) continue
    yield Buffer.from(`${last === undefined || last === lineEnd ? '' : '\n'}orchd: ${name}\n`)
    for await (const part of one(join(folder, name))) {
      last = part.at(-1) ?? last
      yield part
    }
  }
}

/** What an attempt had others do: setting up, resolving, and checking what is merged; in the order in which it was done. */
function partsIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((name) => /^(?:setup|resolve|verify|bisect)(?:\.|$)/.test(name))
  const begun = (name: string): number => statSync(join(folder, name)).birthtimeMs
  return names.toSorted((a, b) => begun(a) - begun(b))
}

const lineEnd = 0x0a

/** Whether an attempt has come, or comes yet, to this round or check. */
async function isThere(
  folder: string,
  index: number,
  follow: boolean,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  using changes = new FolderChanges(folder, signal)
  for (;;) {
    const record = loadRecord(folder)
    if (record === null || changes.aborted) return false
    if (record.phases.length > index && existsSync(phaseFolder(folder, index))) return true
    if (!follow || record.isOver) return false
    await changes.next()
  }
}

/** What there is now. */
async function* present(folder: string, redactor: Redactor, caps: OutputCaps): AsyncGenerator<Uint8Array> {
  const log = await openLog(folder)
  if (log === null) return
  await using file = log.file
  const { size } = await file.stat()
  for await (const part of log.sealed ? plain(file) : redactedOutput(file, size, redactor, caps)) {
    // The reader's buffer is used again for the next part.
    if (part.length > 0) yield Uint8Array.from(part)
  }
}

type OpenLog = { readonly file: FileHandle; readonly sealed: boolean }

/** The sealed log, else the raw one: which may be sealed between the two looks. */
async function openLog(folder: string): Promise<OpenLog | null> {
  for (const name of [sealedLogName, rawLogName, sealedLogName]) {
    const file = await open(join(folder, name), 'r').catch(() => null)
    if (file !== null) return { file, sealed: name === sealedLogName }
  }
  return null
}

async function* plain(file: FileHandle): AsyncGenerator<Uint8Array> {
  for (;;) {
    const buffer = Buffer.allocUnsafe(chunkBytes)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, null)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

/** What there is, and what comes, until the attempt is over. An open raw log can be read to its end after sealing. */
async function* followed(
  folder: string,
  redactor: Redactor,
  caps: OutputCaps,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  using changes = new FolderChanges(folder, signal)
  let log = await openLog(folder)
  while (log === null && !changes.aborted && !isOver(folder)) {
    await changes.next()
    log = await openLog(folder)
  }
  if (log === null) return
  await using file = log.file
  if (log.sealed) {
    yield* plain(file)
    return
  }

  const stream = new RawTail(file, redactor, caps)
  while (!changes.aborted) {
    const over = isOver(folder)
    yield* stream.available()
    if (over) break
    await changes.next()
  }
  if (!changes.aborted) yield stream.end()
}

const isOver = (folder: string): boolean => existsSync(join(folder, sealedLogName)) || readStatus(folder) !== null

/** Reads a growing raw log; what lies further back than the tail may be gone, and is left out with a note. */
class RawTail {
  readonly #file: FileHandle
  readonly #redactor: Redactor
  readonly #caps: OutputCaps
  #stream: ReturnType<Redactor['stream']>
  #at = 0

  constructor(file: FileHandle, redactor: Redactor, caps: OutputCaps) {
    this.#file = file
    this.#redactor = redactor
    this.#caps = caps
    this.#stream = redactor.stream()
  }

  async *available(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const { size } = await this.#file.stat()
      yield* this.#skip(size)
      const buffer = Buffer.allocUnsafe(chunkBytes)
      const { headBytes } = this.#caps
      const until = this.#at < headBytes && isCut(size, this.#caps) ? headBytes - this.#at : buffer.length
      const { bytesRead } = await this.#file.read(buffer, 0, Math.min(buffer.length, until), this.#at)
      if (bytesRead === 0) return
      this.#at += bytesRead
      const part = this.#stream.push(buffer.subarray(0, bytesRead))
      if (part.length > 0) yield part
    }
  }

  end(): Uint8Array {
    return this.#stream.end()
  }

  async *#skip(size: number): AsyncGenerator<Uint8Array> {
    const { headBytes, tailBytes } = this.#caps
    if (!isCut(size, this.#caps) || this.#at < headBytes || size - this.#at <= tailBytes) return
    const tail = await tailStart(this.#file, size, this.#redactor, this.#caps)
    yield this.#stream.end(true)
    yield cutNote(tail.from + tail.hiddenBytes - this.#at)
    this.#stream = this.#redactor.stream(tail.hiddenBytes)
    this.#at = tail.from
  }
}

/** Waits for the next change in a folder; changes between two calls are not lost. */
class FolderChanges {
  aborted: boolean
  #changed = false
  #wake: () => void = () => {}
  readonly #end: () => void

  constructor(folder: string, signal: AbortSignal | undefined) {
    this.aborted = signal?.aborted ?? false
    const change = (): void => {
      this.#changed = true
      this.#wake()
    }
    const unwatch = watchFolder(folder, change, lookEveryMs)
    const abort = (): void => {
      this.aborted = true
      this.#wake()
    }
    signal?.addEventListener('abort', abort)
    this.#end = () => {
      unwatch()
      signal?.removeEventListener('abort', abort)
    }
  }

  async next(): Promise<void> {
    if (!this.#changed && !this.aborted) await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#changed = false
  }

  [Symbol.dispose](): void {
    this.#end()
  }
}
