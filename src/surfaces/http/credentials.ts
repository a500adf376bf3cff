import { Hono } from 'hono'
import { limits, objectOf } from './body.ts'
import type { HttpDeps } from './deps.ts'

/** `POST /credentials/:name/release`: what is parked or was refused is used again. */
export function credentialRoutes({ engine }: HttpDeps): Hono {
  return new Hono().post('/:name/release', async (context) => {
    await objectOf(context, limits.answerBytes, [])
    const name = context.req.param('name')
    return context.json({ name, released: engine.release(name) })
  })
}
