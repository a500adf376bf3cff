import { expect, test } from 'vitest'
import { load } from './project.ts'

const tracesUrl = (yaml: string | null, env: { readonly [name: string]: string } = {}): string | null =>
  load(yaml, env).config.telemetry.tracesUrl

test('tracing is off until somebody names a collector', () => {
  expect(load(null).config.telemetry).toEqual({
    enabled: false,
    tracesUrl: null,
    headers: {},
    jaegerUrl: 'http://localhost:16686',
  })
})

test('the endpoint of the file or of the standard variable gets the path of traces', () => {
  expect(tracesUrl('telemetry: { endpoint: "http://c:4318" }\n')).toBe('http://c:4318/v1/traces')
  expect(
    tracesUrl('telemetry: { endpoint: "http://c:4318" }\n', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://d:1/otlp/' }),
  ).toBe('http://d:1/otlp/v1/traces')
})

test('the endpoint for traces only is used as it stands', () => {
  const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://e/x', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://d:1' }
  expect(tracesUrl(null, env)).toBe('https://e/x')
})

test('enabled without an endpoint means the usual address, and a switch-off wins over everything', () => {
  expect(tracesUrl('telemetry: { enabled: true }\n')).toBe('http://localhost:4318/v1/traces')
  expect(tracesUrl('telemetry: { enabled: false, endpoint: "http://c:4318" }\n')).toBeNull()
  expect(tracesUrl('telemetry: { enabled: true }\n', { OTEL_SDK_DISABLED: 'true' })).toBeNull()
  const off = load('telemetry: { enabled: true }\n', { OTEL_TRACES_EXPORTER: 'none' })
  expect(off.config.telemetry.enabled).toBe(false)
  expect(off.origins.get('telemetry.enabled')).toEqual({ from: 'environment', name: 'OTEL_TRACES_EXPORTER' })
})

test('headers come from the file and the variables, decoded', () => {
  const { config } = load('telemetry: { endpoint: "http://c", headers: { x-key: "${COLLECTOR_KEY}", x-team: a } }\n', {
    COLLECTOR_KEY: 'from-env',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-team=b%20c, authorization=Basic%20abc=',
  })
  expect(config.telemetry.headers).toEqual({ 'x-key': 'from-env', 'x-team': 'b c', authorization: 'Basic abc=' })
})
