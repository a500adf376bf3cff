import { getRequestListener, RequestError } from '@hono/node-server'
import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { OrchdError } from '../../base/errors.ts'
import { createApp } from './app.ts'
import type { HttpDeps } from './deps.ts'
import { problemOf } from './problem.ts'
import { prepareSocketFolder } from './socket-path.ts'

/** Limits on slow and on many callers (security.md D27). */
const headersTimeoutMs = 10_000
const requestTimeoutMs = 60_000
const mostConnections = 512
/** How long answers that are under way have when the server closes; streams are cut. */
const closingMs = 200

/**
 * Serves the routes on a unix socket that only its owner may open. A socket that is there already is left over from a
 * holder that was killed: the caller holds the state folder's lock, so nobody else can be listening.
 *
 * @throws OrchdError STATE_UNSAFE when the socket's folder is open to others, or something else is in its place
 */
export async function listenUnix(socketPath: string, deps: HttpDeps): Promise<AsyncDisposable> {
  const server = createServer(
    { headersTimeout: headersTimeoutMs, requestTimeout: requestTimeoutMs },
    getRequestListener(createApp(deps).fetch, { errorHandler: answerUnreadable }),
  )
  server.maxConnections = mostConnections
  prepareSocketFolder(socketPath)
  removeLeftover(socketPath)
  await listen(server, socketPath)
  return { [Symbol.asyncDispose]: () => close(server) }
}

/** A request that is no request: without a Host, with an address that cannot be one. */
function answerUnreadable(error: unknown): Response {
  const isTheirs = error instanceof RequestError
  return problemOf(null, isTheirs ? new OrchdError('USAGE', error.message.toLowerCase()) : error)
}

function removeLeftover(socketPath: string): void {
  const found = lstatSync(socketPath, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isSocket()) throw new OrchdError('STATE_UNSAFE', `"${socketPath}" is in the way: it is no socket`)
  unlinkSync(socketPath)
}

function listen(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    // `listen` makes the socket's file before it returns, so no other file gets this mask.
    const mask = process.umask(0o177)
    try {
      server.listen(socketPath, () => {
        server.off('error', reject)
        resolve()
      })
    } finally {
      process.umask(mask)
    }
    if (lstatSync(socketPath, { throwIfNoEntry: false }) !== undefined) chmodSync(socketPath, 0o600)
  })
}

/** Lets answers under way go out, but waits for no stream that would follow a run for days. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), closingMs)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}
