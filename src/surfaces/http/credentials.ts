import { Hono } from 'hono'
import { OrchdError } from '../../base/errors.ts'
import { limits, objectOf, textIn } from './body.ts'
import type { HttpDeps } from './deps.ts'

const longestName = 256

/** `POST /credentials/release {credential}`: it is used again. */
export function credentialRoutes({ engine }: HttpDeps): Hono {
  return new Hono().post('/release', async (context) => {
    const body = await objectOf(context, limits.answerBytes, ['credential'])
    const name = textIn(body, 'credential', longestName)
    if (name === null) throw new OrchdError('USAGE', '"credential" must be the name of a credential or of an agent')
    return context.json(await engine.release(name))
  })
}
