import type { Diagnostic } from '../base/diagnostic.ts'
import { isJsonObject } from '../base/json.ts'
import { checkGlobs } from '../plan/check/paths.ts'
import type { SourceDocument } from '../plan/document.ts'
import { reporter, sortDiagnostics, type Report } from '../plan/source-text.ts'
import { checkSchema } from '../plan/schema-errors.ts'
import { didYouMean, suggester, type Suggest } from '../plan/suggest.ts'
import { namesIn } from './interpolate.ts'
import { validateConfig } from './generated/validate-config.ts'
import { builtInAgents } from './registry.ts'
import { isHttpAddress } from './telemetry.ts'
import { durationIn, objectIn } from './values.ts'

/** What is wrong with the settings of a file that could be read: all of it, in the order of the text. */
export function checkSettings(document: SourceDocument): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  const report = reporter(document.source, diagnostics)
  const suggest = suggester()
  checkSchema(document, validateConfig, report, suggest)
  if (isJsonObject(document.value)) {
    checkAgents(document, report, suggest)
    checkWatermarks(document, report)
    checkAddresses(document, report)
    checkProtectedFiles(document, report)
  }
  return sortDiagnostics(diagnostics)
}

function checkAgents({ value, keySpan, valueSpan }: SourceDocument, report: Report, suggest: Suggest): void {
  const data = objectIn(value)
  const agents = objectIn(data['agents'])
  for (const { name } of builtInAgents) {
    if (agents[name] === undefined) continue
    const help = 'give yours another name; a second simulated agent has `type: simulated`'
    report('AGENT_BUILT_IN', keySpan(['agents', name]), `"${name}" is an agent of orchd's own`, { help })
  }
  const known = [...Object.keys(agents), ...builtInAgents.map(({ name }) => name)]
  for (const map of ['permissions', 'health_checks']) {
    for (const name of Object.keys(objectIn(data[map])).filter((entry) => !known.includes(entry))) {
      const help = didYouMean(suggest, name, known)
      report('AGENT_UNKNOWN', keySpan([map, name]), `"${map}" names "${name}", which is not in "agents"`, {
        help,
        severity: 'warning',
      })
    }
  }
  for (const [name, check] of Object.entries(objectIn(data['health_checks']))) {
    const [variable] = namesIn(objectIn(check)['command'] ?? null)
    if (variable !== undefined) {
      const help = 'have a script read it, or ask an "endpoint"; a command gets PATH, HOME and no secrets'
      const message = `"command" names \${${variable}}, which is not replaced: everybody could see it in the list of processes`
      report('VALUE_MALFORMED', valueSpan(['health_checks', name, 'command']), message, { help })
    }
    for (const key of ['interval', 'timeout']) {
      if (durationIn(objectIn(check)[key]) !== 0) continue
      const help = 'give it at least 1ms, such as 5s'
      report('DURATION_INVALID', valueSpan(['health_checks', name, key]), `"${key}" must not be zero`, { help })
    }
  }
}

function checkProtectedFiles(document: SourceDocument, report: Report): void {
  const files = objectIn(objectIn(objectIn(document.value)['review'])['protected_files'])
  for (const key of ['include', 'exclude']) {
    checkGlobs(files[key], ['review', 'protected_files', key], { document, report })
  }
}

function checkWatermarks({ value, valueSpan }: SourceDocument, report: Report): void {
  const disk = objectIn(objectIn(value)['disk'])
  const low = disk['low_mb'] ?? 512
  const critical = disk['critical_mb'] ?? 64
  if (typeof low !== 'number' || typeof critical !== 'number' || critical <= low) return
  const path = ['disk', disk['critical_mb'] === undefined ? 'low_mb' : 'critical_mb']
  const help = 'steps stop being started below "low_mb"; the daemon stops below "critical_mb"'
  report('WATERMARKS_REVERSED', valueSpan(path), `"critical_mb" (${critical}) is above "low_mb" (${low})`, { help })
}

function checkAddresses({ value, valueSpan }: SourceDocument, report: Report): void {
  const telemetry = objectIn(objectIn(value)['telemetry'])
  for (const key of ['endpoint', 'jaeger_url']) {
    const address = telemetry[key]
    if (typeof address !== 'string' || isHttpAddress(address)) continue
    const help = 'write it with its scheme, such as http://localhost:4318'
    report('VALUE_MALFORMED', valueSpan(['telemetry', key]), `"${key}" is not an address with http:// or https://`, {
      help,
    })
  }
}
