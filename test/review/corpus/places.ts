import type { Random } from '../../support/random.ts'
import type { TreeFile } from '../repository.ts'
import { chars } from './kinds.ts'

/** One file of a change that holds the secret: as it was (`null`: not there), and as it is. */
export type Placed = {
  readonly path: string
  readonly old: { readonly path: string; readonly file: TreeFile } | null
  readonly now: TreeFile
}

/** A nasty way of putting a text into a change. `name` is unique in the corpus. */
export type Place = { readonly name: string; readonly put: (text: string, name: string, random: Random) => Placed }

const code = (random: Random, lines: number): string =>
  Array.from({ length: lines }, () => `const ${chars(random, 6, 'abcdefgh')} = call(${random.below(1000)})\n`).join('')

const added = (path: string, now: TreeFile): Placed => ({ path, old: null, now })
const changed = (path: string, old: string, now: TreeFile): Placed => ({ path, old: { path, file: old }, now })
const quoted = (text: string): string => (text.includes('\n') ? `\`${text}\`` : `'${text}'`)

export const places: readonly Place[] = [
  { name: 'a new file', put: (text, name) => added(`${name}.ts`, `export const it = ${quoted(text)}\n`) },
  { name: 'alone', put: (text, name) => added(name, text) },
  {
    name: 'in a large file that was there',
    put: (text, name, random) => {
      const [before, after] = [code(random, 300), code(random, 300)]
      return changed(`${name}.js`, before + after, `${before}const it = ${quoted(text)}\n${after}`)
    },
  },
  {
    name: 'a file that is moved and changed',
    put: (text, name, random) => {
      const body = code(random, 50)
      return { path: `to/${name}.ts`, old: { path: `from/${name}.ts`, file: body }, now: `${body}// ${text}\n` }
    },
  },
  { name: 'a -diff attribute', put: (text, name) => added(`nodiff/${name}.env`, `A=1\nSECRET=${text}\n`) },
  { name: 'CRLF', put: (text, name) => added(`${name}.ini`, `a = 1\r\nkey = ${text.replaceAll('\n', '\r\n')}\r\n`) },
  {
    name: 'a long line',
    put: (text, name, random) =>
      added(
        `${name}.min.js`,
        `${code(random, 4000).replaceAll('\n', ';')}x=${JSON.stringify(text)};${code(random, 4000).replaceAll('\n', ';')}`,
      ),
  },
  { name: 'NUL before it', put: (text, name) => added(`${name}.bin`, `\0\0\0${text}\0`) },
  { name: 'UTF-16', put: (text, name) => added(`${name}.txt`, Buffer.from(`\ufeffkey: ${text}\r\n`, 'utf16le')) },
  { name: 'quotes and line ends in the name', put: (text, name) => added(`a "b"\n\t${name}.txt`, `${text}\n`) },
  { name: 'a name beyond ASCII', put: (text, name) => added(`ключ-ä-${name}.txt`, `${text}\n`) },
  { name: 'a hidden folder', put: (text, name) => added(`.cache/.x/${name}`, `token: ${text}\n`) },
  { name: 'JSON', put: (text, name) => added(`${name}.json`, `${JSON.stringify({ nested: [{ token: text }] })}\n`) },
  {
    name: 'added in two hunks around lines that were there',
    put: (text, name) => {
      const lines = text.split('\n')
      const middle = lines.length > 3 ? lines.slice(1, 3).join('\n') : 'between'
      const now = lines.length > 3 ? `${text}\n` : `a = "${text}"\nbetween\nb = 2\n`
      return changed(`${name}.pem`, `${middle}\n`, now)
    },
  },
  {
    name: 'a file that can be executed',
    put: (text, name) => added(`${name}.sh`, { mode: '100755', content: `#!/bin/sh\nexport X=${quoted(text)}\n` }),
  },
  { name: 'where a link points', put: (text, name) => added(`link-${name}`, { mode: '120000', content: text }) },
  {
    name: 'a comment at the end',
    put: (text, name, random) =>
      changed(`${name}.py`, code(random, 5), `${code(random, 5)}# ${text.replaceAll('\n', '\n# ')}`),
  },
  { name: 'Markdown', put: (text, name) => added(`docs/${name}.md`, `Use this:\n\n\`\`\`\n${text}\n\`\`\`\n`) },
]
