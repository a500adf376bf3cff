import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'
import { Tally, type TestResults } from './results.ts'

/** The JSON that `vitest --reporter=json` and `jest --json` write; `null` when it is another. */
export function readJest(value: Json): TestResults | null {
  if (!isJsonObject(value) || typeof value['numTotalTests'] !== 'number') return null
  const tally = new Tally()
  if (value['numTotalTests'] === 0) tally.told()
  for (const file of objects(value['testResults'])) {
    const name = textOf(file['name'])
    const tests = objects(file['assertionResults'])
    for (const test of tests) {
      if (test['status'] === 'passed') tally.passed()
      else if (test['status'] === 'failed') {
        const messages = Array.isArray(test['failureMessages']) ? test['failureMessages'] : []
        tally.failure(textOf(test['fullName']) ?? textOf(test['title']) ?? '', name, textOf(messages[0]))
      } else tally.skipped()
    }
    // A file that could not even be read has no tests.
    if (tests.length === 0 && file['status'] === 'failed') tally.failure(name ?? '', name, textOf(file['message']))
  }
  return tally.results()
}

const objects = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter((item) => isJsonObject(item)) : []
const textOf = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null)
