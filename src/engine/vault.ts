import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { OrchdError } from '../base/errors.ts'
import type { Json } from '../base/json.ts'
import type { Sealed } from '../base/sealed.ts'

const algorithm = 'aes-256-gcm'
const keyBytes = 32
const ivBytes = 12
const tagBytes = 16

/** Seals the values of secret inputs, and opens them for the attempts that need them. */
export type Vault = {
  seal(value: Json): Sealed
  /** @throws OrchdError STATE_CORRUPT when it was sealed with another key, or changed */
  open(sealed: Sealed): Json
  /** A number of 48 bits by which a text is known again, and that tells nothing of it without the key. */
  mark(text: string): number
}

/**
 * A vault whose key is the file `secret.key` of the state folder, made when first needed. So the journal, its backups
 * and whatever is read from it hold no secret; who can read both the journal and the key can open it.
 */
export function createVault(stateFolder: string): Vault {
  const file = join(stateFolder, 'secret.key')
  let key: Buffer | null = null
  const keyIn = (): Buffer => (key ??= readKey(file) ?? makeKey(file))
  return {
    seal(value) {
      const iv = randomBytes(ivBytes)
      const cipher = createCipheriv(algorithm, keyIn(), iv)
      const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
      return { $sealed: Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64') }
    },
    open({ $sealed }) {
      try {
        const bytes = Buffer.from($sealed, 'base64')
        const decipher = createDecipheriv(algorithm, keyIn(), bytes.subarray(0, ivBytes))
        decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
        const text = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()])
        const value: Json = JSON.parse(text.toString('utf8'))
        return value
      } catch (cause) {
        const help = 'put the key of this state folder back, or start the run anew with its secret inputs'
        throw new OrchdError('STATE_CORRUPT', `a secret input cannot be opened with "${file}"`, { cause, help })
      }
    },
    mark: (text) => createHmac('sha256', keyIn()).update('mark\0').update(text).digest().readUIntBE(0, 6),
  }
}

function readKey(file: string): Buffer | null {
  try {
    const key = readFileSync(file)
    return key.length === keyBytes ? key : null
  } catch {
    return null // there is none yet
  }
}

/** Durable before anything is sealed with it: a run whose key is lost could not go on. */
function makeKey(file: string): Buffer {
  const key = randomBytes(keyBytes)
  const handle = openSync(file, 'w', 0o600)
  try {
    writeSync(handle, key)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  return key
}
