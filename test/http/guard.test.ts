import { expect, test } from 'vitest'
import { createApp } from '../../src/surfaces/http/app.ts'
import { Rig } from './rig.ts'

test('a guard is asked before anything else, also for what is no route', async () => {
  await using rig = await Rig.start()
  const asked: string[] = []
  const app = createApp(rig.deps, {
    guard: async (context, next) => {
      asked.push(context.req.path)
      if (context.req.header('host') !== 'localhost') return context.text('whose are you?', 421)
      return next()
    },
  })
  for (const path of ['/healthz', '/api/v1/runs', '/nowhere', '/api/v1/runs/x/events']) {
    expect((await app.request(path, { headers: { host: 'evil.example' } })).status).toBe(421)
  }
  expect(asked).toHaveLength(4)
  expect((await app.request('/api/v1/runs', { headers: { host: 'localhost' } })).status).toBe(200)
  expect((await app.request('/nowhere', { headers: { host: 'localhost' } })).status).toBe(404)
})
