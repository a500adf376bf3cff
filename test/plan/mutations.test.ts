import { globSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodePlan } from '../../src/plan/decode.ts'
import { diagnosticCodes } from '../../src/plan/codes.ts'
import { renderDiagnostic } from '../../src/plan/render.ts'
import { leastCpuMs, read } from './check.ts'

const originals = globSync(['plans/*.yaml', 'test/fixtures/plans/invalid/*.yaml'])
  .toSorted()
  .map((file) => readFileSync(file))
const fragments = [
  '${{',
  '}}',
  '{',
  '}',
  '[',
  ']',
  ': ',
  '- ',
  '\n',
  '\t',
  '"',
  "'",
  '&a ',
  '*a',
  '!x ',
  '|\n',
  '>-\n',
  '#',
  '%',
  '\0',
  '\u202e',
  '💥',
  'steps:',
  'needs: [a]',
  '<<: ',
  '---\n',
  '...\n',
  '0x',
  '.inf',
  'null',
  '? ',
  '\\',
  '\r',
  '${{ steps.a-b.outputs.x',
  '__proto__: 1\n',
]

type Change = { readonly at: number; readonly remove: number; readonly insert: Uint8Array }

/** A place anywhere, a few bytes taken out, and something put in. */
const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(1_000_000),
  remove: fc.oneof(fc.constant(0), fc.nat(8), fc.nat(400)),
  insert: fc.oneof(
    fc.constantFrom(...fragments).map((text) => new TextEncoder().encode(text)),
    fc.uint8Array({ maxLength: 6 }),
    fc.constant(new Uint8Array()),
  ),
})

const mutated = fc
  .tuple(fc.constantFrom(...originals), fc.array(change, { minLength: 1, maxLength: 6 }))
  .map(([original, changes]) => {
    const bytes = [...original]
    for (const { at, remove, insert } of changes) bytes.splice(at % (bytes.length + 1), remove, ...insert)
    return Uint8Array.from(bytes)
  })

const numRuns = process.env['ORCHD_TEST_SIZE'] === 'long' ? 10_000 : 1000
const seed = Number(process.env['ORCHD_FIRST_SEED'] ?? Date.now() % 1e6)

test(
  `${numRuns} plans with random damage have diagnostics with places and codes, never a crash or a hang (seed ${seed})`,
  { timeout: 300_000 },
  () => {
    let valid = 0
    let slowestMs = 0
    fc.assert(
      fc.property(
        fc.oneof(
          { weight: 9, arbitrary: mutated },
          { weight: 1, arbitrary: fc.uint8Array({ maxLength: 3000, size: 'max' }) },
        ),
        (bytes) => {
          const decoded = decodePlan(bytes, 'plan.yaml')
          let result: ReturnType<typeof read> = {
            plan: null,
            diagnostics: decoded.ok ? [] : [decoded.error],
            texts: new Map(),
          }
          const work = (): void => void (result = decoded.ok ? read(decoded.value, { forRun: true }) : result)
          const tookMs = leastCpuMs(work, 250)
          slowestMs = Math.max(slowestMs, tookMs)
          expect(tookMs).toBeLessThan(250)
          const { plan, diagnostics } = result
          valid += plan === null ? 0 : 1
          expect(plan !== null || diagnostics.some(({ severity }) => severity === 'error')).toBe(true)
          const lines = decoded.ok ? decoded.value.split('\n') : []
          for (const diagnostic of diagnostics) {
            const { code, file, line, column, endLine, endColumn } = diagnostic
            expect([file !== '', line >= 1, column >= 1]).toEqual([true, true, true])
            expect(Object.keys(diagnosticCodes)).toContain(code)
            expect(endLine > line || (endLine === line && endColumn > column)).toBe(true)
            const isInside =
              diagnostic.file !== 'plan.yaml' || !decoded.ok || column <= (lines[line - 1] ?? '').length + 2
            expect(isInside).toBe(true)
            expect(renderDiagnostic(diagnostic, decoded.ok ? decoded.value : '', { color: false })).toContain(code)
          }
          const order = diagnostics.map(({ line, column }) => line * 1e6 + column)
          expect(order).toEqual(order.toSorted((a, b) => a - b))
        },
      ),
      { numRuns, seed },
    )
    console.log(
      'damaged plans',
      JSON.stringify({ seed, numRuns, refused: numRuns - valid, slowestMs: Math.round(slowestMs) }),
    )
    // Damage in a comment or in a prompt leaves a plan valid; that it happens now and then shows that the test reaches far.
    expect(valid).toBeGreaterThan(0)
  },
)
