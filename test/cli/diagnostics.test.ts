import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { Diagnostic } from '../../src/base/diagnostic.ts'
import { renderDiagnostic } from '../../src/main/diagnostics.ts'
import { reportDiagnostics } from '../../src/surfaces/cli/diagnostics.ts'

const at = (file: string): Diagnostic => ({
  code: 'INPUT_MISSING',
  severity: 'error',
  message: 'it is missing',
  file,
  line: 1,
  column: 1,
  endLine: 1,
  endColumn: 5,
})

test('a line of the plan is shown only for what is wrong in the plan', async () => {
  const deps = { env: {}, renderDiagnostic }
  const out = new PassThrough()
  await reportDiagnostics(deps, out, [
    { file: 'plan.yaml', text: 'name: p\n', texts: new Map(), diagnostics: [at('plan.yaml'), at('--input n')] },
  ])
  expect(String(out.read())).toBe(
    'plan.yaml:1:1  INPUT_MISSING  it is missing\n    name: p\n    ^^^^\n\n--input n:1:1  INPUT_MISSING  it is missing\n\n',
  )
})
