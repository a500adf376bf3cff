import { expect, test } from 'vitest'
import { describeConfig } from '../../src/config/describe.ts'
import { load } from './project.ts'

test('the description names every setting with its origin, and shows no secret', () => {
  const env = {
    OPENAI_API_KEY: 'sk-very-secret',
    MY_TOKEN: 'tok-very-secret',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20very-secret',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:very-secret@collector:4318',
    MAX_PARALLEL_AGENTS: '3',
  }
  const yaml = `secrets: [DEPLOY_KEY]
agents:
  codex: { type: api, status: active, connection: { method: rest_api, config: { auth: "\${OPENAI_API_KEY}", host: "\${CODEX_HOST}" } } }
`
  const { config, origins } = load(yaml, env)
  const description = describeConfig(config, origins, env)
  expect(JSON.stringify(description)).not.toContain('very-secret')
  expect(description.settings.map(({ name }) => name).toSorted()).toEqual(
    [...origins.keys()].filter((name) => !name.startsWith('agents.')).toSorted(),
  )
  expect(description.settings).toContainEqual({
    name: 'max_parallel_agents',
    value: '3',
    origin: 'MAX_PARALLEL_AGENTS',
  })
  expect(description.settings).toContainEqual({
    name: 'secrets',
    value: 'DEPLOY_KEY',
    origin: 'orchestrator_config.yaml:1',
  })
  expect(description.agents).toContainEqual({
    name: 'codex',
    type: 'api',
    status: 'active',
    blocker: null,
    missing: ['CODEX_HOST'],
  })
  expect(description.secrets).toEqual([
    { name: 'DEPLOY_KEY', isSet: false },
    { name: 'MY_TOKEN', isSet: true },
    { name: 'OPENAI_API_KEY', isSet: true },
  ])
})
