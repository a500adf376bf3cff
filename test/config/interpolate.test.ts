import { expect, test } from 'vitest'
import { missingVariables, resolveConnection } from '../../src/config/interpolate.ts'
import type { AgentEntry } from '../../src/config/config.ts'
import { load } from './project.ts'

const yaml = `agents:
  codex:
    type: api
    status: active
    connection:
      method: rest_api
      config: { endpoint: "https://\${HOST}/v1", auth: "\${OPENAI_API_KEY}", args: ["\${HOST}", 3], literal: "$\${HOST}" }
`
function codex(): AgentEntry {
  const agent = load(yaml).config.agents.get('codex')
  if (agent === undefined) throw new Error('the fixture has an agent "codex"')
  return agent
}

test('a missing variable is no mistake of the configuration, only of the use of the agent', () => {
  expect(load(yaml).diagnostics).toEqual([])
  expect(resolveConnection(codex(), { HOST: 'h' })).toEqual({ ok: false, error: ['OPENAI_API_KEY'] })
  expect(missingVariables(codex(), { HOST: '' })).toEqual(['HOST', 'OPENAI_API_KEY'])
})

test('variables are replaced wherever a text stands, and a doubled dollar keeps its text', () => {
  expect(resolveConnection(codex(), { HOST: 'h', OPENAI_API_KEY: 'k' })).toEqual({
    ok: true,
    value: { endpoint: 'https://h/v1', auth: 'k', args: ['h', 3], literal: '${HOST}' },
  })
})
