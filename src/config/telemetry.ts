import type { Diagnostic } from '../base/diagnostic.ts'
import type { JsonObject } from '../base/json.ts'
import type { TelemetryConfig } from './config.ts'
import { badVariable, truth, type Environment } from './environment.ts'
import { replaceVariables } from './interpolate.ts'
import { booleanIn, objectIn, textIn } from './values.ts'

const defaultCollector = 'http://localhost:4318'
const defaultJaeger = 'http://localhost:16686'

export type TelemetryReading = {
  readonly telemetry: TelemetryConfig
  /** The variable that decided a setting, by the setting's name. */
  readonly variables: ReadonlyMap<string, string>
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Where spans go: the standard variables over the file. An endpoint switches tracing on, and so does
 * `enabled: true`, to the collector's usual address.
 *
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/ the signal's own endpoint is used as it stands
 */
export function readTelemetry(data: JsonObject, env: Environment): TelemetryReading {
  const variables = new Map<string, string>()
  const diagnostics: Diagnostic[] = []
  const variable = (name: string): string | null => env[name]?.trim() || null

  const endpointOf = (name: string): string | null => {
    const text = variable(name)
    if (text === null || isHttpAddress(text)) return text
    diagnostics.push(
      badVariable(name, 'is not an address with http:// or https://', 'an address such as http://localhost:4318'),
    )
    return null
  }
  const ownEndpoint = endpointOf('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT')
  const anyEndpoint = endpointOf('OTEL_EXPORTER_OTLP_ENDPOINT')
  if (ownEndpoint !== null) variables.set('telemetry.endpoint', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT')
  else if (anyEndpoint !== null) variables.set('telemetry.endpoint', 'OTEL_EXPORTER_OTLP_ENDPOINT')

  const isOff = switchedOff(variable, variables, diagnostics)
  const inFile = textIn(data['endpoint'])
  const wanted = booleanIn(data['enabled'])
  const base = anyEndpoint ?? inFile ?? (wanted === true ? defaultCollector : null)
  const tracesUrl = ownEndpoint ?? (base === null ? null : tracesUrlOf(base))
  const enabled = !isOff && wanted !== false && tracesUrl !== null
  const jaegerUrl = textIn(data['jaeger_url']) ?? defaultJaeger
  const headers = { ...headersInFile(data, env), ...headersInVariables(variable, variables, diagnostics) }
  return { telemetry: { enabled, tracesUrl: enabled ? tracesUrl : null, headers, jaegerUrl }, variables, diagnostics }
}

type Variable = (name: string) => string | null

/** `OTEL_SDK_DISABLED=true`, or `OTEL_TRACES_EXPORTER=none`. */
function switchedOff(variable: Variable, variables: Map<string, string>, diagnostics: Diagnostic[]): boolean {
  const text = variable('OTEL_SDK_DISABLED')
  const isDisabled = text === null ? false : truth(text)
  if (isDisabled === null)
    diagnostics.push(badVariable('OTEL_SDK_DISABLED', 'is neither true nor false', 'true or false'))
  const name = isDisabled === true ? 'OTEL_SDK_DISABLED' : 'OTEL_TRACES_EXPORTER'
  const isOff = isDisabled === true || variable('OTEL_TRACES_EXPORTER') === 'none'
  if (isOff) variables.set('telemetry.enabled', name)
  return isOff
}

/** Whether a text is an absolute address that HTTP can reach. */
export const isHttpAddress = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)

const tracesUrlOf = (base: string): string => `${base.replace(/\/+$/, '')}/v1/traces`

function headersInFile(data: JsonObject, env: Environment): Record<string, string> {
  const texts = Object.entries(objectIn(data['headers'])).map(([name, value]) => [name, textIn(value) ?? ''] as const)
  return Object.fromEntries(texts.map(([name, text]) => [name, replaceVariables(text, env)]))
}

/** `name=value,name=value`, percent-encoded, as the specification of W3C baggage has it. */
function headersInVariables(
  variable: Variable,
  variables: Map<string, string>,
  diagnostics: Diagnostic[],
): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS']) {
    const text = variable(name)
    if (text === null) continue
    variables.set('telemetry.headers', name)
    for (const entry of text.split(',').filter((part) => part.trim() !== '')) {
      const header = headerOf(entry)
      if (header === null)
        diagnostics.push(badVariable(name, 'is not a list of name=value', 'a list such as name=value,other=value'))
      else headers[header[0]] = header[1]
    }
  }
  return headers
}

function headerOf(entry: string): readonly [string, string] | null {
  const at = entry.indexOf('=')
  if (at < 1) return null
  try {
    return [entry.slice(0, at).trim(), decodeURIComponent(entry.slice(at + 1).trim())]
  } catch {
    return null // a stray percent sign
  }
}
