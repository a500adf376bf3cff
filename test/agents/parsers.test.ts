import { readFileSync, readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { claudeProtocol } from '../../src/agents/claude/protocol.ts'
import { judge } from '../../src/agents/cli/judge.ts'
import { LineSplitter } from '../../src/agents/cli/lines.ts'
import { readableLines } from '../../src/agents/cli/readable.ts'
import { codexProtocol } from '../../src/agents/codex/protocol.ts'
import { cursorProtocol } from '../../src/agents/cursor/protocol.ts'
import { customProtocol } from '../../src/agents/custom/protocol.ts'
import type { LineParser } from '../../src/agents/events.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/base/json.ts'
import { exited, seenOf } from './streams.ts'

const custom = customProtocol({
  output: 'stream-json',
  fields: { text: 'message.content.0.text', error: 'is_error', denied: 'permission_denials', input_tokens: 'usage.input_tokens', output_tokens: 'usage.output_tokens' },
  end: { type: 'result' },
}) // prettier-ignore

const parsers: readonly (readonly [string, string, LineParser])[] = [
  ['claude', 'claude', claudeProtocol.parse],
  ['codex', 'codex', codexProtocol.parse],
  ['cursor', 'cursor', cursorProtocol.parse],
  ['one of the user’s own', 'claude', custom.ok ? custom.value.parse : () => []],
]

const linesOf = (folder: string): readonly string[] =>
  readdirSync(`test/fixtures/streams/${folder}`)
    .filter((name) => name !== 'strange.jsonl')
    .flatMap((name) => readFileSync(`test/fixtures/streams/${folder}/${name}`, 'utf8').split('\n'))
    .filter((line) => line.startsWith('{'))

const isLong = process.env['ORCHD_TEST_SIZE'] === 'long'
const seed = Number(process.env['ORCHD_FIRST_SEED'] ?? Date.now() % 1e6)

/** The same value with one part, chosen by `at`, replaced. */
function damaged(value: Json, at: number, part: Json): Json {
  if (at === 0) return part
  if (Array.isArray(value) && value.length > 0) {
    const index = at % value.length
    return value.map((item: Json, place) =>
      place === index ? damaged(item, Math.floor(at / value.length), part) : item,
    )
  }
  if (!isJsonObject(value)) return part
  const names = Object.keys(value)
  const name = names[at % names.length]
  if (name === undefined) return part
  return { ...value, [name]: damaged(value[name] ?? null, Math.floor(at / names.length), part) }
}

describe('whatever an agent prints is read', () => {
  test.each(parsers)('%s: damaged events neither throw nor make a success out of nothing', (_, folder, parse) => {
    const lines = linesOf(folder)
    const readable = readableLines(parse)
    const property = fc.property(fc.nat(lines.length - 1), fc.nat(100_000), fc.jsonValue(), (line, at, part) => {
      const event = JSON.stringify(damaged(JSON.parse(lines[line] ?? '{}') as JsonObject, at, part as Json))
      const events = parse(event)
      expect(readable(event).every((text) => typeof text === 'string')).toBe(true)
      const verdict = judge(seenOf(events), exited(0), { allowDenied: false })
      const isSuccess = verdict.by === 'agent' && verdict.outcome === 'success'
      expect(isSuccess && !events.some(({ type }) => type === 'finished')).toBe(false)
    })
    fc.assert(property, { seed, numRuns: isLong ? 20_000 : 500 })
  })

  test('however its output is cut into chunks, the lines are the same', () => {
    const property = fc.property(fc.array(fc.string({ unit: 'binary' })), fc.array(fc.nat(40)), (parts, cuts) => {
      const bytes = Buffer.from(parts.join('\n'))
      const whole = new LineSplitter()
      const wanted = [...whole.push(bytes), ...whole.end()]
      const cut = new LineSplitter()
      const found: string[] = []
      let from = 0
      for (const size of cuts) {
        found.push(...cut.push(bytes.subarray(from, from + size)))
        from += size
      }
      found.push(...cut.push(bytes.subarray(from)), ...cut.end())
      expect(found).toEqual(wanted)
    })
    fc.assert(property, { seed, numRuns: isLong ? 5000 : 300 })
  })

  test('a line without an end is not kept for ever', () => {
    const splitter = new LineSplitter()
    const chunk = Buffer.alloc(2 ** 20, 0x78)
    for (let megabyte = 0; megabyte < 40; megabyte++) expect(splitter.push(chunk)).toEqual([])
    expect(splitter.push(Buffer.from('\nnext\n'))).toEqual(['next'])
  })
})
