import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'
import { Tally, type TestResults } from './results.ts'

const longestOutput = 4096

/** `go test -json`: one event a line. `null` when it is not. @see https://pkg.go.dev/cmd/test2json */
export function readGoJson(lines: readonly string[]): TestResults | null {
  const tally = new Tally()
  const outputs = new Map<string, string>()
  const failedIn = new Set<string>()
  let isGo = false
  for (const text of lines) {
    const event = text.startsWith('{') ? objectIn(text) : null
    if (event === null || typeof event['Action'] !== 'string' || typeof event['Package'] !== 'string') continue
    isGo = true
    const { Action: action, Package: place, Test: test, Output: output } = event
    const key = `${place} ${typeof test === 'string' ? test : ''}`
    if (action === 'output' && typeof output === 'string') {
      const before = outputs.get(key) ?? ''
      if (before.length < longestOutput && outputs.size < 10_000)
        outputs.set(key, before + output.slice(0, longestOutput))
    }
    if (typeof test !== 'string') {
      // What could not be built, or failed outside of its tests.
      if (action === 'fail' && !failedIn.has(place)) tally.failure(place, null, outputs.get(key) ?? null)
    } else if (action === 'pass') tally.passed()
    else if (action === 'skip') tally.skipped()
    else if (action === 'fail') {
      failedIn.add(place)
      tally.failure(test, place, outputs.get(key) ?? null)
    }
    if (action !== 'output') outputs.delete(key)
  }
  if (!isGo) return null
  tally.told()
  return tally.results()
}

/** `go test -v`. Without `-v` Go does not tell how many tests passed: `null` then. */
export function readGoText(lines: readonly string[]): TestResults | null {
  if (!lines.some((text) => text.startsWith('=== RUN '))) return null
  const tally = new Tally()
  for (const text of lines) {
    const [, fate, name = ''] = /^ {0,400}--- (PASS|FAIL|SKIP): (\S{1,2000}) \([\d.]{1,20}s\)$/.exec(text) ?? []
    if (fate === 'PASS') tally.passed()
    else if (fate === 'SKIP') tally.skipped()
    else if (fate === 'FAIL') tally.failure(name)
    const unbuilt = broken.exec(text)?.[1]
    if (unbuilt !== undefined) tally.failure(unbuilt, null, 'could not be built')
  }
  return tally.results()
}

/** What failed of `go test` without `-v`: tests, and packages that could not be built. */
export function failedInGo(lines: readonly string[]): readonly string[] {
  return lines.flatMap((text) => {
    const found = /^--- FAIL: (\S{1,2000}) \([\d.]{1,20}s\)$/.exec(text) ?? broken.exec(text)
    return found === null ? [] : [found[1] ?? '']
  })
}

const broken = /^FAIL\s{1,8}(\S{1,2000}) \[(?:build|setup) failed\]$/

function objectIn(text: string): JsonObject | null {
  try {
    const value: Json = JSON.parse(text)
    return isJsonObject(value) ? value : null
  } catch {
    return null
  }
}
