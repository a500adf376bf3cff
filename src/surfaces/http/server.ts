import { getRequestListener } from '@hono/node-server'
import { createServer, type Server } from 'node:http'
import { rmSync } from 'node:fs'
import { createApp, type HttpDeps } from './app.ts'
import { prepareSocketFolder } from './socket-path.ts'

const headersTimeoutMs = 10_000
const requestTimeoutMs = 60_000
const mostConnections = 512

/**
 * Serves the routes on a unix socket that only its owner may open. A socket that is there already is left over from a
 * holder that was killed: the caller holds the state folder's lock, so nobody else can be listening.
 *
 * @throws OrchdError STATE_UNSAFE when the socket's folder is open to others
 */
export async function listenUnix(socketPath: string, deps: HttpDeps): Promise<AsyncDisposable> {
  const server = createServer(
    { headersTimeout: headersTimeoutMs, requestTimeout: requestTimeoutMs },
    getRequestListener(createApp(deps).fetch),
  )
  server.maxConnections = mostConnections
  prepareSocketFolder(socketPath)
  rmSync(socketPath, { force: true })
  const mask = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(socketPath, resolve)
    })
  } finally {
    process.umask(mask)
  }
  return { [Symbol.asyncDispose]: () => close(server) }
}

/** Lets answers under way go out, but waits for no stream that would follow a run for days. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
    setTimeout(() => server.closeAllConnections(), 200).unref()
  })
}
