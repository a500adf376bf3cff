import { closeSync, constants, fstatSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'
import { err, ok, type Result } from '../base/result.ts'
import { lacksDescriptor } from './descriptors.ts'

const replaced = '$ORCHD_OUTPUT is no longer a regular file'

/** What `$ORCHD_OUTPUT` names, in the attempt's folder. */
export const outputsName = 'outputs'

const largestFile = 1 << 20
const largestValue = 1 << 16
const deepestValue = 64
const outputName = /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/

/** The outputs that an attempt left: empty when it left none; else an error for people, without what the file says. @throws when there is no descriptor for it */
export function readOutputs(folder: string): Result<JsonObject, string> {
  const opened = openOutputs(join(folder, outputsName))
  if (!opened.ok) return opened
  const file = opened.value
  if (file === null) return ok({})
  try {
    const stat = fstatSync(file)
    if (!stat.isFile()) return err(replaced)
    if (stat.size > largestFile) return err(`the outputs have ${stat.size} bytes; the limit is ${largestFile} (1 MiB)`)
    return parseOutputs(readFileSync(file))
  } finally {
    closeSync(file)
  }
}

/**
 * Replaces what an attempt that is over left by what may be kept of it: the outputs with secrets redacted, or, for
 * `null`, something that is still no outputs. Whole or not at all, so that whoever reads it after a crash gets the same.
 *
 * @throws the system's error, for example when the disk is full
 */
export function sealOutputs(folder: string, outputs: JsonObject | null): void {
  const file = join(folder, outputsName)
  writeFileSync(`${file}.tmp`, outputs === null ? 'were not valid' : JSON.stringify(outputs), { mode: 0o600 })
  renameSync(`${file}.tmp`, file)
}

/** One JSON object, or lines `name=value` and blocks `name<<END ... END`, whose values are strings; the last wins. */
export function parseOutputs(bytes: Uint8Array): Result<JsonObject, string> {
  const text = decode(bytes)
  if (text === null) return err(`the outputs are not UTF-8 (line ${lineOfBadByte(bytes)})`)
  const outputs = text.trimStart().startsWith('{') ? parseObject(text) : parseLines(text)
  return outputs.ok ? withinLimits(outputs.value) : outputs
}

/** `null`: it wrote none. Links are not followed, and nothing is waited for. */
function openOutputs(path: string): Result<number | null, string> {
  try {
    return ok(openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK))
  } catch (error) {
    if (lacksDescriptor(error)) throw error
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return isMissing ? ok(null) : err(replaced)
  }
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** The first line that does not decode; lines end with a byte that is part of no other character. */
function lineOfBadByte(bytes: Uint8Array): number {
  let line = 1
  for (let from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, from)
    const to = end < 0 ? bytes.length : end
    if (decode(bytes.subarray(from, to)) === null) break
    from = to + 1
  }
  return line
}

function parseObject(text: string): Result<JsonObject, string> {
  try {
    const value: unknown = JSON.parse(text)
    if (isJsonObject(value)) return ok(value)
  } catch {
    const before = text.slice(0, offsetOfMistake(text))
    const [line, column] = [before.split('\n').length, before.length - before.lastIndexOf('\n')]
    return err(`the outputs begin like a JSON object but are not one (line ${line}, column ${column})`)
  }
  return err('the outputs are not a JSON object')
}

/**
 * Where JSON text goes wrong. V8 names the offset of some mistakes; that of an unexpected token is found by halving,
 * since the same mistake is in every longer part of the text and in no shorter one.
 */
function offsetOfMistake(text: string): number {
  const message = mistakeIn(text)
  const named = /position (\d+)/.exec(message)?.[1]
  if (named !== undefined) return Number(named)
  if (!message.includes('Unexpected token')) return text.length
  let [good, bad] = [0, text.length]
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (mistakeIn(text.slice(0, middle)).includes('Unexpected token')) bad = middle
    else good = middle
  }
  return good
}

/** V8's message, for us only: it quotes the text, which may be secret. */
function mistakeIn(text: string): string {
  try {
    JSON.parse(text)
    return ''
  } catch (error) {
    return String(error)
  }
}

function parseLines(text: string): Result<JsonObject, string> {
  const outputs = new Map<string, string>()
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!.replace(/\r$/, '')
    if (line.trim() === '') continue
    const [, name, sign, rest] = /^([^=<]*)(=|<<)(.*)$/s.exec(line) ?? []
    if (name === undefined || sign === undefined || rest === undefined) {
      return err(`line ${at + 1} of the outputs is neither "name=value" nor "name<<END"`)
    }
    if (!outputName.test(name.trim())) return err(`line ${at + 1} of the outputs begins with what cannot be a name`)
    if (sign === '=') {
      outputs.set(name.trim(), rest)
      continue
    }
    const end = lines.findIndex((other, index) => index > at && other.replace(/\r$/, '') === rest.trim())
    if (rest.trim() === '' || end < 0) return err(`the block that line ${at + 1} of the outputs begins has no end`)
    outputs.set(name.trim(), lines.slice(at + 1, end).join('\n'))
    at = end
  }
  return ok(Object.fromEntries(outputs))
}

/** The same outputs, unless a name or a value is none that outputs may have. */
export function withinLimits(outputs: JsonObject): Result<JsonObject, string> {
  for (const [name, value] of Object.entries(outputs)) {
    if (!outputName.test(name) || name === '__proto__') return err('one of the outputs has what cannot be a name')
    if (!isShallow(value, deepestValue)) return err(`the output "${name}" is nested deeper than ${deepestValue}`)
    const size = Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value))
    if (size > largestValue) return err(`the output "${name}" has ${size} bytes; the limit is ${largestValue} (64 KiB)`)
  }
  return ok(outputs)
}

/** Level by level, because text of a megabyte can be nested deeper than the stack. */
function isShallow(value: Json, levels: number): boolean {
  let level: Json[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return false
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []))
  }
  return true
}
