import { expect, test } from 'vitest'
import { ask } from './raw.ts'
import { Rig } from './rig.ts'
import { agentReport } from '../support/agent-report.ts'

test('agents are told as they are, and tried when somebody asks for that', async () => {
  await using rig = await Rig.start()
  const asked: unknown[] = []
  rig.agents = (query) => {
    asked.push(query)
    return Promise.resolve([agentReport('claude_code'), agentReport('openai_codex')])
  }
  expect(await rig.client.agents({ only: null, check: false })).toHaveLength(2)
  expect(await rig.client.agents({ only: ['openai_codex'], check: false })).toMatchObject([{ name: 'openai_codex' }])
  await rig.client.agents({ only: ['claude_code'], check: true })
  expect(asked).toEqual([
    { only: null, check: false },
    { only: null, check: false },
    { only: ['claude_code'], check: true },
  ])
  const { status, text } = await ask(rig.socketPath, '/api/v1/agents')
  expect([status, JSON.parse(text)]).toEqual([
    200,
    { agents: [agentReport('claude_code'), agentReport('openai_codex')] },
  ])
})

test('what is not understood is refused', async () => {
  await using rig = await Rig.start()
  expect(await ask(rig.socketPath, '/api/v1/agents?check=true')).toMatchObject({ status: 400 })
  const post = (body: string) => ask(rig.socketPath, '/api/v1/agents/check', { method: 'POST', body })
  expect(await post('{"only": "claude_code"}')).toMatchObject({
    status: 400,
    text: expect.stringContaining('list of names'),
  })
  expect(await post('{"one": []}')).toMatchObject({ status: 400 })
})
