import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { shellRig, until } from './rig.ts'

const token = 'tok_Zm9vL2Jhcg+/42'
const password = 'hunter2-and-more'

/** The files below a folder that hold a text. */
const filesWith = (folder: string, text: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(text))
    .map((entry) => entry.name)

test('a step gets the secrets that it names, and leaves none of them on the disk or in its result', async () => {
  await using rig = shellRig({ secretValues: [password] })
  const attempt = rig.attempt(
    `printf '%s' "\${TOKEN:0:9}"; sleep 0.05; printf '%s\\n' "\${TOKEN:9}"
     printf '%s' "$TOKEN" | base64; echo "the password is ${password}"
     printf 'token=%s' "$TOKEN" > $ORCHD_OUTPUT; echo "gave up with $TOKEN"`,
    { secrets: { TOKEN: token } },
  )
  const result = await rig.run(attempt)
  expect(result).toMatchObject({ outcome: 'success', outputs: { token: '***' } })
  expect(rig.file(attempt, 'output.log')).toBe('***\n***=\nthe password is ***\ngave up with ***\n'.replace('=', ''))
  expect(filesWith(rig.stateFolder, password)).toEqual([])
  expect(filesWith(rig.stateFolder, token)).toEqual([])
  expect(rig.file(attempt, 'outputs')).toBe('{"token":"***"}')
})

test.for([
  ['of a step that failed', 'echo "token=$TOKEN" > $ORCHD_OUTPUT; exit 1', 'exit_nonzero'],
  ['that are no outputs', 'echo "the token is $TOKEN" > $ORCHD_OUTPUT', 'output_invalid'],
  ['in a file that is too large', 'yes "token=$TOKEN" | head -c 2000000 > $ORCHD_OUTPUT || true', 'output_invalid'],
  ['that fit no schema', `echo "{\\"token\\": \\"$TOKEN\\"}" > $ORCHD_OUTPUT`, 'output_invalid'],
] as const)('no secret stays on the disk with outputs %s, and they stay invalid', async ([, command, cause]) => {
  await using rig = shellRig()
  const outputSchema = { type: 'object', properties: { other: { type: 'string' } } }
  const attempt = rig.attempt(command, { secrets: { TOKEN: token }, spec: { outputSchema } })
  expect(await rig.run(attempt)).toMatchObject({ cause })
  expect(filesWith(rig.stateFolder, token)).toEqual([])
  // A holder that died before it said so: the next one comes to the same end.
  const again = await new Promise((resolve) => void rig.shell.attach(attempt, resolve))
  expect(again).toMatchObject({ cause })
})

test('the message of a failure is redacted', async () => {
  await using rig = shellRig()
  const attempt = rig.attempt('echo "cannot log in with $TOKEN"; exit 1', { secrets: { TOKEN: token } })
  expect((await rig.run(attempt)).message).toBe('exit code 1: cannot log in with ***')
})

test('outputs are redacted in names, in depth, and where they are numbers', async () => {
  await using rig = shellRig({ secretValues: ['12345678'] })
  const attempt = rig.attempt(`echo '{"list": [{"k12345678": 12345678}, "x12345678x", true]}' > $ORCHD_OUTPUT`)
  expect((await rig.run(attempt)).outputs).toEqual({ list: [{ 'k***': '***' }, 'x***x', true] })
})

test('values of secrets are in no command line', async () => {
  await using rig = shellRig()
  const attempt = rig.attempt('echo ready; sleep 1000', { secrets: { TOKEN: token } })
  const ended = rig.run(attempt)
  await until('its line', () => rig.file(attempt, 'output.raw'))
  const commandLines = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      } catch {
        return ''
      }
    })
  expect(commandLines.filter((line) => line.includes(token))).toEqual([])
  rig.shell.stop(attempt, 'killed')
  await ended
})

test('a log that is cut shows no half of a secret at the cut', async () => {
  const outputCaps = { headBytes: 10_000, tailBytes: 10_000 }
  await using rig = shellRig({ outputCaps, secretValues: [password] })
  const attempt = rig.attempt(`for i in $(seq 3000); do printf '%s' ${password}; done`)
  expect(await rig.run(attempt)).toMatchObject({ outcome: 'success', outputTruncated: true })
  const log = rig.file(attempt, 'output.log')!
  expect(log.replaceAll(/\*|\n\[\.\.\. \d+ bytes cut \.\.\.\]\n/g, '')).toBe('')
})
