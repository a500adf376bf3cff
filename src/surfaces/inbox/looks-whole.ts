import { readSafely } from './read-safely.ts'

/** Whether a text is a valid plan; decides how long a file that may still grow is waited for, not what becomes of it. */
export type IsValid = (bytes: Uint8Array, fileName: string) => Promise<boolean>

const newline = 10

/**
 * Whether a file's text looks finished. A text that is cut off rarely ends with a line's end, is rarely JSON, and rarely
 * a valid plan. What cannot be read is left to the refusal that follows.
 */
export async function looksWhole(path: string, name: string, isValid: IsValid | null): Promise<boolean> {
  const read = await readSafely(path).catch(() => null)
  if (read === null || !read.ok) return read !== null && read.error !== 'INBOX_TOO_BIG'
  const { bytes } = read.value
  if (/\.json$/i.test(name) ? !isJson(bytes) : bytes.at(-1) !== newline) return false
  return isValid === null || isValid(bytes, name).catch(() => false)
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder().decode(bytes))
    return true
  } catch {
    return false // the question is only whether it is
  }
}
