import { expect, test } from 'vitest'
import { splitSecrets } from '../../src/config/secrets.ts'
import { load } from './project.ts'

const split = (env: { readonly [name: string]: string }, yaml = ''): ReturnType<typeof splitSecrets> =>
  splitSecrets(env, load(yaml, env).config)

test('secrets, variables of tracing, npm and systemd do not reach the environment of steps', () => {
  const { baseEnv, secrets } = split({
    PATH: '/bin',
    LANG: 'C',
    OPENAI_API_KEY: 'sk-openai-value',
    CLAUDE_CODE_OAUTH_TOKEN: 'oat-value-123',
    MY_DEPLOY_TOKEN: 'deploy-value',
    db_password: 'lower-case-too',
    OTEL_SERVICE_NAME: 'x',
    npm_config_registry: 'y',
    npm_lifecycle_event: 'test',
    NOTIFY_SOCKET: '/run/systemd/notify',
    WATCHDOG_USEC: '30000000',
    WATCHDOG_PID: '1',
    LISTEN_FDS: '1',
  })
  expect({ ...baseEnv }).toEqual({ PATH: '/bin', LANG: 'C' })
  expect(Object.keys(secrets).toSorted()).toEqual([
    'CLAUDE_CODE_OAUTH_TOKEN',
    'MY_DEPLOY_TOKEN',
    'OPENAI_API_KEY',
    'db_password',
  ])
})

test('names that only resemble a secret stay', () => {
  const env = {
    MAX_TOKENS: '100',
    KEYBOARD: 'us',
    TOKENIZERS_PARALLELISM: 'false',
    SSH_AUTH_SOCK: '/s',
    MONKEY: 'x',
    SECRET_SANTA: 'no',
  }
  expect({ ...split(env).baseEnv }).toEqual(env)
})

test('the configuration names more of them', () => {
  const { secrets, baseEnv } = split({ DATABASE_URL: 'postgres://u:p@h/db', HOME: '/h' }, 'secrets: [DATABASE_URL]\n')
  expect({ ...secrets }).toEqual({ DATABASE_URL: 'postgres://u:p@h/db' })
  expect({ ...baseEnv }).toEqual({ HOME: '/h' })
})

test('what must be redacted is every value, every line of it, and the headers of the collector, longest first', () => {
  const { secretValues } = split({
    NPM_TOKEN: 'npm_abcdef',
    TLS_PRIVATE_KEY: '-----BEGIN-----\nMIIBVgIBADAN\n-----END-----\n',
    SHORT_TOKEN: 'abc',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector',
  })
  expect(secretValues).toContain('npm_abcdef')
  expect(secretValues).toContain('MIIBVgIBADAN')
  expect(secretValues).toContain('Bearer collector')
  expect(secretValues).not.toContain('abc')
  expect(secretValues).toEqual(secretValues.toSorted((a, b) => b.length - a.length))
})

test('a variable called __proto__ is a variable like any other', () => {
  const env = Object.fromEntries([
    ['__proto__', 'x'],
    ['A', 'b'],
  ])
  expect(Object.keys(split(env).baseEnv)).toEqual(['__proto__', 'A'])
})

const connection = (config: string): string =>
  `{ type: cli_wrapper, connection: { method: subprocess, config: { ${config} } } }`

test('what an agent’s connection names as its key is secret, whatever its name, and so is a key that stands there', () => {
  const yaml = `agents:\n  a: ${connection('token: "${MINE}"')}\n  b: ${connection('auth: sk-literal-key')}\n`
  const { baseEnv, secrets, secretValues } = split({ MINE: 'my-own-value', OTHER: 'y' }, yaml)
  expect([{ ...baseEnv }, { ...secrets }]).toEqual([{ OTHER: 'y' }, { MINE: 'my-own-value' }])
  expect(secretValues).toEqual(['sk-literal-key', 'my-own-value'])
})

test('so is what its variables are given that are called like keys', () => {
  const env = '{ MY_KEY: "${MINE}", OTHER: "${SORT_KEY}", LEVEL: "${LEVEL}", DB_PASSWORD: sk-literal-key }'
  const yaml = `agents:\n  a: ${connection(`env: ${env}`)}\n`
  const { secrets, secretValues } = split({ MINE: 'my-own-value', SORT_KEY: 'sorting', LEVEL: 'information' }, yaml)
  expect(Object.keys(secrets)).toEqual(['MINE', 'SORT_KEY'])
  expect(secretValues).toEqual(['sk-literal-key', 'my-own-value', 'sorting'])
})
