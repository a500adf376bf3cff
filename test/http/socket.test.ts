import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createClient } from '../../src/surfaces/http/client.ts'
import { listenUnix } from '../../src/surfaces/http/server.ts'
import { socketPathOf } from '../../src/surfaces/http/socket-path.ts'
import { plan, step } from '../support/plans.ts'
import { ask } from './raw.ts'
import { factsOf, failureOf, Rig, until, version } from './rig.ts'

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'orchd-socket-')))
})
afterEach(() => rmSync(folder, { recursive: true }))

const longName = 'a-name-that-is-quite-long/'.repeat(5)

describe('the path of the socket', () => {
  test('is in the state folder', () => {
    expect(socketPathOf(folder)).toBe(join(folder, 'orchd.sock'))
  })

  test('is the same whatever links lead to the state folder', () => {
    const long = join(folder, longName)
    mkdirSync(long, { recursive: true })
    symlinkSync(long, join(folder, 'link'))
    const path = socketPathOf(join(folder, 'link'))
    expect(path).toBe(socketPathOf(long))
    rmSync(dirname(path), { recursive: true })
  })

  test('is short even when that of the state folder is not, in a folder that only we may enter', () => {
    const path = socketPathOf(join(folder, longName))
    expect(Buffer.byteLength(path)).toBeLessThanOrEqual(103)
    expect(path).not.toBe(socketPathOf(join(folder, `${longName}2`)))
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
    rmSync(dirname(path), { recursive: true })
    rmSync(dirname(socketPathOf(join(folder, `${longName}2`))), { recursive: true })
  })

  test('is not taken from a folder that others may enter, or that is a link', () => {
    const path = dirname(socketPathOf(join(folder, longName)))
    chmodSync(path, 0o777)
    expect(() => socketPathOf(join(folder, longName))).toThrow(/nobody else may enter/)
    rmSync(path, { recursive: true })
    symlinkSync(folder, path)
    expect(() => socketPathOf(join(folder, longName))).toThrow(/nobody else may enter/)
    rmSync(path)
  })
})

describe('the socket', () => {
  test('is open to its owner alone, and other files keep their modes', async () => {
    const mask = process.umask()
    await using rig = await Rig.start()
    expect(statSync(rig.socketPath).mode & 0o777).toBe(0o600)
    expect(process.umask()).toBe(mask)
  })

  test('that a killed holder left is taken over', async () => {
    await using rig = await Rig.start()
    await rig.close()
    // What a kill leaves: a socket file at which nobody listens.
    const server = createServer().listen(`${rig.socketPath}.old`)
    await until(() => server.listening)
    const { link, rename, unlink } = await import('node:fs/promises')
    await link(`${rig.socketPath}.old`, `${rig.socketPath}.kept`)
    await new Promise((resolve) => server.close(resolve))
    await rename(`${rig.socketPath}.kept`, rig.socketPath)
    await unlink(`${rig.socketPath}.old`).catch(() => {})
    expect(lstatSync(rig.socketPath).isSocket()).toBe(true)
    await expect(rig.client.info()).rejects.toMatchObject({ code: 'HOLDER_UNREACHABLE' })
    await rig.listen()
    expect(await rig.client.info()).toMatchObject({ version })
  })

  test('never replaces what is no socket', async () => {
    await using rig = await Rig.start()
    await rig.close()
    for (const make of [
      (path: string) => writeFileSync(path, 'precious'),
      (path: string) => mkdirSync(path),
      (path: string) => symlinkSync(join(folder, 'elsewhere'), path),
    ]) {
      make(rig.socketPath)
      await expect(listenUnix(rig.socketPath, rig.deps)).rejects.toMatchObject({ code: 'STATE_UNSAFE' })
      rmSync(rig.socketPath, { recursive: true })
    }
  })

  test('is not opened in a folder that others may enter', async () => {
    await using rig = await Rig.start()
    const open = join(folder, 'open')
    mkdirSync(open)
    chmodSync(open, 0o755)
    await expect(listenUnix(join(open, 'orchd.sock'), rig.deps)).rejects.toMatchObject({ code: 'STATE_UNSAFE' })
  })

  test('is gone when the holder closes, which waits for no follower', async () => {
    await using rig = await Rig.start()
    const run = await rig.submit(plan([step('a')]))
    const broken = failureOf(factsOf(rig.client, run))
    await until(() => rig.observers === 1)
    const from = performance.now()
    await rig.close()
    expect(performance.now() - from).toBeLessThan(2000)
    expect(await broken).toMatchObject({ code: 'HOLDER_UNREACHABLE' })
    expect(existsSync(rig.socketPath)).toBe(false)
    await until(() => rig.observers === 0)
  })

  test('lets an answer that is under way go out before it closes', async () => {
    await using rig = await Rig.start()
    await rig.close()
    let asked = false
    await rig.listen({
      trace: async () => {
        asked = true
        await new Promise((resolve) => setTimeout(resolve, 50))
        return { trace_id: 't', url: null, exported: null }
      },
    })
    const run = await rig.submit(plan([step('a')]))
    const answer = rig.client.trace(run, { export: false })
    await until(() => asked)
    await rig.close()
    expect(await answer).toMatchObject({ trace_id: 't' })
  })
})

describe('a command', () => {
  test('is told that nobody listens, or that it may not ask', async () => {
    const path = join(folder, 'orchd.sock')
    const client = createClient({ socketPath: path, version })
    await expect(client.info()).rejects.toMatchObject({
      code: 'HOLDER_UNREACHABLE',
      message: `nobody listens at "${path}"`,
    })
    writeFileSync(path, '')
    await expect(client.info()).rejects.toMatchObject({ code: 'HOLDER_UNREACHABLE' })
  })

  test('is told when somebody else answers', async () => {
    const path = join(folder, 'orchd.sock')
    const answers = ['HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi', 'SSH-2.0-x\r\n', 'HTTP/1.1 500 No\r\n\r\nno']
    const server = createServer((socket) => socket.resume().end(answers.shift() ?? '')).listen(path)
    await until(() => server.listening)
    const client = createClient({ socketPath: path, version })
    await expect(client.run('r')).rejects.toMatchObject({ code: 'INTERNAL' })
    await expect(client.run('r')).rejects.toMatchObject({ code: 'HOLDER_UNREACHABLE' })
    await expect(client.run('r')).rejects.toMatchObject({ code: 'INTERNAL', message: 'the holder answered 500' })
    await new Promise((resolve) => server.close(resolve))
  })

  test('finds the holder in a state folder with a long path', async () => {
    const long = join(folder, longName)
    mkdirSync(long, { recursive: true })
    await using rig = await Rig.start()
    const path = socketPathOf(long)
    const server = await listenUnix(path, rig.deps)
    expect(await createClient({ socketPath: socketPathOf(long), version }).info()).toMatchObject({ version })
    expect((await ask(path, '/healthz')).status).toBe(200)
    await server[Symbol.asyncDispose]()
    rmSync(dirname(path), { recursive: true })
  })
})
