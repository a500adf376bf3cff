/** A run whose collector is dead from start to end and then comes back: every span arrives, with parents, links and times. */
import { OtlpReceiver } from '../test/support/otlp-receiver.ts'
import { findProblems } from '../test/support/otlp-spans.ts'
import { check, Project, until } from './support/orchd.ts'

await using collector = await OtlpReceiver.start()
await collector.die()
await using project = new Project({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.replace('/v1/traces', '') })
project.write(
  'traced.yaml',
  `
name: traced
steps:
  - id: build
    run: sleep 0.2; echo "$TRACEPARENT" > traceparent.txt
  - id: test
    depends_on: [build]
    run: test "$ORCHD_ATTEMPT" -gt 1
    retry: { max_attempts: 2, delay: 100ms }
  - id: lint
    depends_on: [build]
    run: "true"
  - id: join
    depends_on: [test, lint]
    run: "true"
`,
)

const daemon = await project.daemon()
const ended = await project.orchd('run', 'traced.yaml', '--json')
check('the run is completed although nobody takes its spans', ended.code === 0, ended)
check('and the dead collector does not hold it up', duration(ended.stdout) < 5000, duration(ended.stdout))
const runId = String(JSON.parse(ended.stdout.trimEnd().split('\n').at(-1) ?? '').run_id)
const trace = await project.json('trace', runId)

await collector.comeBack()
await until(
  'the root span has arrived',
  () => collector.spans.some((span) => span.name === 'RUN traced' && span.parentSpanId === null),
  60_000,
)
const spans = collector.spans.filter((span) => span.traceId === trace['trace_id'])
check('all spans are of the trace that orchd trace names', spans.length === collector.spans.length && spans.length > 0)
const attempts = spans.filter((span) => span.name.startsWith('step '))
check(
  'a span for each attempt: build, test twice, lint, join',
  attempts.length === 5,
  spans.map((span) => span.name),
)
check(
  'every parent and every link leads to a span, inside of its parent’s time',
  findProblems(spans).length === 0,
  findProblems(spans),
)
const join = attempts.find((span) => span.name === 'step join')
check(
  'join links to both steps that it depends on',
  join?.links.filter((link) => link.type === 'depends_on').length === 2,
  join,
)
const build = attempts.find((span) => span.name === 'step build')
check('the time of a step is the time that it took', build !== undefined && build.endAt - build.startAt >= 200, build)
const [, traceId, parent] = project.read('traceparent.txt').trim().split('-')
check(
  'children get the trace and their attempt’s span by TRACEPARENT',
  traceId === trace['trace_id'] && parent === build?.spanId,
  project.read('traceparent.txt'),
)
daemon.child.kill('SIGTERM')
await daemon.ended

function duration(stdout: string): number {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '').execution_summary.duration_ms
}
