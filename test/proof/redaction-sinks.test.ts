import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Project, until } from '../../demo/support/orchd.ts'
import { OtlpReceiver } from '../support/otlp-receiver.ts'
import { Random } from '../support/random.ts'
import { kindForms, secretKinds, someValue, valueForms } from '../support/secret-kinds.ts'
import { long, report, seed } from './size.ts'

const amount = long ? 3000 : 300

type Case = { readonly secret: string; readonly written: string }

/** Parts of a secret that must be nowhere; as it is written, too, where that is another text. */
function probesOf({ secret, written }: Case, isKnown: boolean): string[] {
  const flat = secret.split('\n').slice(secret.includes('\n') ? 1 : 0)
  const parts = flat.flatMap((line) => (line.length < 24 ? [line] : [line.slice(10, 22), line.slice(-14, -2)]))
  // Behind the words that some forms begin with, and without what stands around it.
  const middle = Math.floor(written.length / 2)
  return isKnown ? [...parts, written.slice(middle - 8, middle + 8)] : parts
}

/** Prints what a file of cases holds, in pieces of any size, then waits for a file where it is told one. */
const printer = `import { existsSync, readFileSync, writeSync } from 'node:fs'
const [file, seed, waitFor] = process.argv.slice(2)
let state = Number(seed)
const below = (n) => { state = (Math.imul(state, 1103515245) + 12345) >>> 0; return (state >>> 8) % n }
for (const { written } of JSON.parse(readFileSync(file, 'utf8'))) {
  const bytes = Buffer.from(\`some words \${written} and more\\n\`)
  const fd = 1 + below(2)
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes.subarray(at, at + 1 + below(64)))
}
while (waitFor !== undefined && !existsSync(waitFor)) await new Promise((resolve) => setTimeout(resolve, 50))
`

/** An agent that tells them: in messages, tools, its session, its answer, and as its error. */
const agent = `import { readFileSync } from 'node:fs'
const cases = JSON.parse(readFileSync('cases.json', 'utf8')).slice(0, 40)
for (const { written } of cases) console.log(JSON.stringify({ type: 'text', text: 'see ' + written, session: written }))
console.log(JSON.stringify({ type: 'result', text: cases.map(({ written }) => written).join(' '), ...(process.argv[2].includes('fail') ? { error: 'refused: ' + cases[3].written } : {}) }))
`

test(
  `${amount} secrets that steps print and agents tell are in no file, stream, span or answer`,
  { timeout: long ? 900_000 : 180_000 },
  async () => {
    const random = new Random(seed)
    const known = Array.from({ length: 3 }, () => someValue(random))
    const cases: (Case & { readonly isKnown: boolean })[] = Array.from({ length: amount }, () => {
      const isKnown = random.chance(0.4)
      const secret = isKnown ? random.pick(known) : secretKinds[random.pick(Object.keys(secretKinds))]!(random)
      const forms = isKnown ? valueForms : kindForms
      const written = forms[random.pick(Object.keys(forms))]!(secret, random)
      return { secret, written, isKnown }
    })
    // One of its own for what is told once and short.
    const plain = cases
      .map(({ secret }) => secret)
      .filter((secret) => !/[\n"'\\%]/.test(secret) && secret.isWellFormed() && secret.length < 120)
    await using receiver = await OtlpReceiver.start()
    await using project = new Project({
    ONE_TOKEN: known[0]!, TWO_SECRET: known[1]!, THREE_API_KEY: known[2]!,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.url, ENABLE_TRACE_LOGGING: 'true',
  }) // prettier-ignore
    project.write('cases.json', JSON.stringify(cases))
    project.write('print.mjs', printer)
    project.write('agent.mjs', agent)
    chmodSync(
      project.write(
        'outputs.sh',
        `node -e '
    const cases = JSON.parse(require("fs").readFileSync("cases.json", "utf8")).slice(0, 50)
    require("fs").writeFileSync(process.env.ORCHD_OUTPUT, JSON.stringify({ all: cases.map(({ written }) => written), [cases.find(({ secret }) => secret.length < 60).secret]: 1 }))'`,
      ),
      0o755,
    )
    const config = {
      command: process.execPath,
      args: [project.path('agent.mjs'), '{prompt}'],
      output: 'stream-json',
      fields: { text: 'text', session: 'session', error: 'error' },
      end: { type: 'result' },
    }
    project.write(
      'orchestrator_config.yaml',
      JSON.stringify({ agents: { teller: { type: 'cli_wrapper', connection: { method: 'subprocess', config } } } }),
    )
    const steps = [
      { id: 'prints', run: 'node print.mjs cases.json 1' },
      {
        id: 'fails',
        run: `node print.mjs cases.json 2; node -e 'console.log(JSON.parse(require("fs").readFileSync("cases.json"))[7].written)'; exit 3`,
      },
      { id: 'gives', run: './outputs.sh' },
      {
        id: 'breaks',
        run: `node -e 'console.log(JSON.parse(require("fs").readFileSync("cases.json"))[9].secret)' > "$ORCHD_OUTPUT"`,
      },
      { id: 'tells', agent: 'teller', sandbox: 'off', prompt: 'tell' },
      { id: 'refuses', agent: 'teller', sandbox: 'off', prompt: 'fail' },
      { id: 'uses', depends_on: ['gives'], run: 'echo "$ALL"', env: { ALL: '${{ steps.gives.outputs.all }}' } },
      { id: 'waits', run: 'node print.mjs cases.json 3 go' },
    ]
    project.write('plan.yaml', JSON.stringify({ name: 'secrets', steps }))
    mkdirSync(project.path('inbox'), { recursive: true })

    const { child, ended } = await project.daemon()
    const told: string[] = []
    const { run_id: id } = await project.json('run', 'plan.yaml', '--detach')
    await until('what runs has printed everything', async () => {
      const log = await project.orchd('logs', String(id), 'waits')
      told.push(log.stdout)
      return log.stdout.split('some words').length > amount
    })
    project.write('go', '')
    told.push((await project.orchd('run', 'plan.yaml', '--json')).stdout)
    await until('both runs are over', async () => (await project.json('status', String(id)))['finished_at'] !== null)
    for (const command of ['status', 'explain', 'trace'])
      for (const json of [[], ['--json']]) {
        const { stdout, stderr } = await project.orchd(command, String(id), ...json)
        told.push(stdout, stderr)
      }
    for (const { id: step } of steps) told.push((await project.orchd('logs', String(id), step)).stdout)
    // A plan that names one where a name belongs is refused, in words.
    const rejected = {
      name: 'p',
      steps: [
        {
          id: 'a',
          agent: plain[0],
          prompt: 'x',
          [plain[1]!]: 1,
          when: `\${{ steps['${plain[2]}'].outcome }}`,
        },
      ],
    }
    renameSync(project.write('rejected.tmp', JSON.stringify(rejected)), project.path('inbox/rejected.yaml'))
    await until('the plan is refused', () => existsSync(project.path('inbox/rejected/rejected.yaml.error.json')))
    told.push(project.read('inbox/rejected/rejected.yaml.error.json'))
    child.kill('SIGTERM')
    const daemon = await ended
    told.push(daemon.stdout, daemon.stderr, JSON.stringify(receiver.spans))
    expect(receiver.spans.length).toBeGreaterThan(steps.length)

    const files = readdirSync(project.path('.orchd'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
    const sinks = [
      ...files.map((file): [string, string] => [file, readFileSync(file, 'latin1')]),
      ...told.map((text, at): [string, string] => [`told ${at}`, Buffer.from(text).toString('latin1')]),
    ]
    const leaks: string[] = []
    for (const one of cases)
      for (const probe of probesOf(one, one.isKnown)) {
        const bytes = Buffer.from(probe).toString('latin1')
        for (const [name, text] of sinks)
          if (text.includes(bytes))
            leaks.push(
              `${name}: ${probe} of ${JSON.stringify(one)} in ${JSON.stringify(text.slice(Math.max(0, text.indexOf(bytes) - 200), text.indexOf(bytes) + 60))}`,
            )
      }
    report('redaction at every sink', { secrets: amount, sinks: sinks.length, leaks: leaks.length })
    expect([...new Map(leaks.map((leak) => [leak.split(': ')[0], leak])).values()].slice(0, 8), `seed ${seed}`).toEqual(
      [],
    )
  },
)
