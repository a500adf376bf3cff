import { fail, ok, warn, type Check } from './check.ts'
import type { AgentFact, Facts } from './facts.ts'

/** The configuration, the agents and the way of the traces. */
export function settingChecks(facts: Facts): readonly Check[] {
  return [...configurationChecks(facts), ...facts.agents.map(agentCheck), tracingCheck(facts)]
}

function configurationChecks({ configFile, diagnostics }: Facts): Check[] {
  const mistakes = diagnostics.map(({ severity, file, line, column, code, message, help }) => {
    const place = file === 'environment' ? file : `${file}:${line}:${column}`
    const level = severity === 'error' ? fail : warn
    return level('configuration', `${place}  ${code}  ${message}`, help ?? 'mend it')
  })
  if (mistakes.length > 0) return mistakes
  return [ok('configuration', configFile.isThere ? configFile.path : 'no file: defaults and environment')]
}

/** What an agent lacks is a mistake only when it is used, so it never fails the check-up. */
function agentCheck({ name, type, status, blocker, missing, problem }: AgentFact): Check {
  const subject = `agent ${name}`
  if (problem !== null) return warn(subject, `${type}, ${status}; ${problem.message}`, problem.help)
  if (status === 'blocked')
    return warn(
      subject,
      `${type}, blocked${blocker === null ? '' : `: ${blocker}`}`,
      'set its status to active when that is over',
    )
  if (missing.length > 0)
    return warn(
      subject,
      `${type}, ${status}; not set: ${missing.join(', ')}`,
      `set ${missing.join(' and ')} before a plan uses it`,
    )
  return ok(subject, `${type}, ${status}`)
}

function tracingCheck({ tracesUrl, collectorListens }: Facts): Check {
  if (tracesUrl === null) return ok('traces', 'off: no collector is configured')
  const shown = withoutCredentials(tracesUrl)
  if (collectorListens === true) return ok('traces', shown)
  return warn(
    'traces',
    `nobody answers at ${shown}; spans wait in the journal until somebody does`,
    'start the collector, or mend telemetry.endpoint',
  )
}

function withoutCredentials(address: string): string {
  const url = new URL(address)
  return `${url.protocol}//${url.host}${url.pathname}`
}
