import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseClaude } from '../../src/agents/claude/parse.ts'
import { readableLines } from '../../src/agents/cli/readable.ts'
import { parseCodex } from '../../src/agents/codex/parse.ts'
import type { LineParser } from '../../src/agents/events.ts'

const shown = (name: string, parse: LineParser): readonly string[] =>
  readFileSync(`test/fixtures/streams/${name}.jsonl`, 'utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : readableLines(parse)(line)))

test('a stream is shown as what the agent says and does', () => {
  expect(shown('claude/edit', parseClaude)).toEqual(['I write the file.', '▸ Write hello.txt', 'Done.'])
  expect(shown('codex/edit', parseCodex)).toEqual([
    '▸ file_change /project/hello.txt',
    "▸ command_execution /bin/bash -lc 'npm test'",
    "  failed: /bin/bash -lc 'npm test'",
    'Done.',
  ])
})

test('what keeps it from its work is shown too', () => {
  expect(shown('claude/unauthorized', parseClaude)).toEqual([
    '… the service answered 401 authentication_error',
    '… the service answered 401 authentication_error',
    'Failed to authenticate. API Error: 401 invalid x-api-key',
    '✗ Failed to authenticate. API Error: 401 invalid x-api-key',
  ])
  expect(shown('codex/patch-rejected', parseCodex)[0]).toMatch(/^✗ not allowed: apply_patch: patch rejected/)
})
