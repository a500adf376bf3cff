import { describe, expect, test } from 'vitest'
import { stepId } from '../../src/base/ids.ts'
import type { ReportFormat, RunReport } from '../../src/ports/report.ts'
import { createRedactor } from '../../src/base/redact.ts'
import { pullRequestTexts } from '../../src/report/pull-request.ts'
import { reportText } from '../../src/report/report-text.ts'
import { reportOf } from '../../src/report/run-report.ts'
import type { StepBody } from '../../src/plan/plan.ts'
import { defaultRetry, gate, plan, step } from '../support/plans.ts'
import { failure, KernelRun, success } from '../support/runs.ts'
import { prompt, work } from './worked.ts'

const trace = { trace_id: '0af7651916cd43dd8448eb211c80319c', url: 'http://localhost:16686/trace/0af7' }

const reportNow = (run: KernelRun, secretValues: readonly string[] = []): RunReport =>
  reportOf(run.state, { now: run.now, orchdVersion: '1.2.3', trace, events: run.events, secretValues })

const textNow = (run: KernelRun, format: ReportFormat): string => reportText(reportNow(run), format)

const hostile = '</pre><script>alert("x")</script> | `a` [b](http://c.example) @octocat #12 \u202Egnp \u001b[31mred'

describe('the report', () => {
  test('tells in Markdown what agents said, shortened, and which conflicts of their work were resolved', () => {
    const join = step('join', ['a', 'b'], {
      body: { kind: 'integrate', onConflict: 'resolve_with_agent', verify: null },
    })
    const run = new KernelRun(plan([step('a', [], prompt('one')), step('b', [], prompt('two')), join]))
    work(run, 'a', 'one', { ...success, outputs: { text: `**${hostile}**\n${'x'.repeat(5000)}`, files: ['f'] } })
    work(run, 'b', 'two', { ...success, outputs: { text: 'All is well.' } })
    const resolved = [{ files: ['src/a.js'], sides: [['a'], ['b']], by: 'one' }]
    work(run, 'join', 'one', { ...success, outputs: { conflicts_resolved: resolved } })
    const markdown = textNow(run, 'markdown')
    expect(markdown).toContain('## What the agents said\n\n`a`, one:\n\n```text\n**</pre>')
    expect(markdown).toMatch(/x\n… \(\d+ more characters\)\n```\n\n```json\n\{\n {2}"files": \[/)
    expect(markdown).toContain('`b`, two:\n\n```text\nAll is well.\n```')
    expect(markdown).toContain('## Conflicts that were resolved\n\n- `join`: a and b in `src/a.js`, by one')
    expect(textNow(new KernelRun(plan([step('c')])), 'markdown')).not.toMatch(/agents said|Conflicts/)
  })

  test('is the response, and what is known of model and change beside', () => {
    const run = new KernelRun(plan([step('a', [], { ...prompt('claude_code'), model: 'opus', description: 'why' })]))
    const change = { base: 'b0', commit: 'c1', tree: 't1', files: 2, insertions: 12, deletions: 3 }
    work(run, 'a', 'claude_code', { ...success, change, usage: { inputTokens: 1200, outputTokens: 30 }, costUsd: 0.05 })
    const report = reportNow(run)
    expect(report).toMatchObject({ report_version: 1, status: 'completed', orchd_version: '1.2.3', trace, base: null })
    const { tree: _, ...shown } = change
    expect(report.steps[0]).toMatchObject({ id: 'a', model: 'opus', description: 'why', change: shown, cost_usd: 0.05 })
    const markdown = textNow(run, 'markdown')
    expect(markdown).toContain('| a | success | claude\\_code, opus | 1 | 1.0s | +12 -3 in 2 files | \\$0.050')
    expect(markdown).toContain('\\$0.050, 1,200 tokens in, 30 out')
    expect(JSON.parse(textNow(run, 'json'))).toEqual(JSON.parse(JSON.stringify(report)))
  })

  test('tells of every attempt, and shows each in the timeline', () => {
    const run = new KernelRun(
      plan([step('a', [], { ...prompt('claude_code'), retry: { ...defaultRetry, maxAttempts: 3 } })]),
    )
    work(run, 'a', 'claude_code', { ...failure, cause: 'agent_error', message: 'it broke', costUsd: 0.5 })
    run.pass(600_000)
    run.start('a', 'claude_code')
    run.apply({ type: 'attempt_lost', at: run.now, step: stepId('a'), attempt: 2 }).settle()
    run.apply({ type: 'attempt_decided', at: run.now, step: stepId('a'), decision: 'rerun', by: 'ada' }).settle()
    run.start('a', 'claude_code')
    expect(reportNow(run).steps[0]?.attempt_list).toMatchObject([
      {
        attempt: 1,
        agent: 'claude_code',
        outcome: 'failure',
        cause: 'agent_error',
        message: 'it broke',
        cost_usd: 0.5,
      },
      { attempt: 2, outcome: 'error', cause: 'daemon_lost', cost_usd: null },
      { attempt: 3, finished_at: null, outcome: null },
    ])
    const page = textNow(run, 'html')
    expect(page.match(/<rect/g)).toHaveLength(3)
    expect(page).toContain('<title>attempt 1, claude_code: failure (agent_error), 1.0s</title>')
    expect(page).toContain('<title>attempt 3, claude_code: running, ')
  })

  test('tells who decided what, and why', () => {
    const run = new KernelRun(plan([step('go', [], { body: gate() }), step('no', ['go'], { body: gate() })]))
    const decide = (id: string, decision: 'approve' | 'reject', by: string | null, comment: string | null): KernelRun =>
      run.apply({ type: 'gate_decided', at: run.now, step: stepId(id), decision, by, comment }).settle()
    decide('go', 'approve', 'ada', 'looks good')
    decide('no', 'reject', null, null)
    expect(reportNow(run).decisions).toMatchObject([
      { step: 'go', about: 'approval', decision: 'approve', by: 'ada', why: 'looks good' },
      { step: 'no', about: 'approval', decision: 'reject', by: null, why: 'nobody answered in time' },
    ])
    expect(textNow(run, 'markdown')).toContain('- ada approved the gate go: looks good')
  })

  test('tells who resolved a conflict by hand, or would not', () => {
    const body = { kind: 'integrate', onConflict: 'ask', verify: null } as const
    for (const decision of ['approve', 'reject'] as const) {
      const run = new KernelRun(plan([step('join', [], { body })])).start('join')
      run.finish('join', { ...failure, cause: 'merge_conflict', message: 'both changed a.txt' })
      const answer = { type: 'gate_decided', at: run.now, step: stepId('join'), decision, by: 'ada' } as const
      run.apply({ ...answer, comment: 'by hand' }).settle()
      if (decision === 'approve') run.start('join').finish('join', success)
      const why = { step: 'join', about: 'conflict', decision, by: 'ada', why: 'by hand' }
      expect(reportNow(run).decisions).toMatchObject([why])
      expect(pullRequestTexts(run.state, createRedactor([])).body).toContain('ada')
    }
  })

  test('tells with which words a change was approved, beside what its work said', () => {
    const run = new KernelRun(plan([step('a')])).start('a')
    const review = { verdict: 'require_human', policy: 'p', tree: 't', findings: [] } as const
    run.finish('a', { ...success, message: 'done', review })
    const answer = { type: 'gate_decided', at: run.now, step: stepId('a'), decision: 'approve', by: 'ada' } as const
    run.apply({ ...answer, comment: 'only the lock file', tree: 't' }).settle()
    const report = reportNow(run)
    expect(report.decisions).toMatchObject([{ about: 'change', decision: 'approve', why: 'only the lock file' }])
    expect(report.steps[0]).toMatchObject({ outcome: 'success', message: 'done' })
  })

  test('tells what people decided before a step was taken back, and what became of the attempts', () => {
    const body = { ...gate(), onReject: { rewindTo: stepId('a'), maxRewinds: 3 } } as StepBody
    const run = new KernelRun(plan([step('a'), step('go', ['a'], { body })]))
    const answer = (id: string, decision: 'approve' | 'reject', comment: string, more: object = {}): KernelRun =>
      run.apply({ type: 'gate_decided', at: run.now, step: stepId(id), decision, by: 'ada', comment, ...more }).settle()
    const review = { verdict: 'require_human', policy: 'p', tree: 't', findings: [] } as const
    const blocked = { ...review, verdict: 'block' } as const
    run.run('a', { ...success, review })
    answer('a', 'approve', 'fine', { tree: 't' })
    run.pass(1000)
    answer('go', 'reject', 'too slow')
    run.pass(1000)
    run.run('a', { ...success, review })
    run.pass(5000)
    answer('a', 'reject', 'still slow', { tree: 't' })
    run.retry(null)
    run.run('a', { ...success, review: blocked })
    const report = reportNow(run)
    expect(report.decisions).toEqual([])
    expect(report.decisions_before).toMatchObject([
      { step: 'a', about: 'change', decision: 'approve', by: 'ada', why: 'fine' },
      { step: 'go', about: 'approval', decision: 'reject', by: 'ada', why: 'too slow' },
      { step: 'a', about: 'change', decision: 'reject', by: 'ada', why: 'still slow' },
    ])
    expect(report.steps[0]?.attempt_list).toMatchObject([
      { outcome: 'success' },
      { outcome: 'failure', cause: 'gate_rejected', message: 'still slow' },
      { outcome: 'failure', cause: 'gate_blocked' },
    ])
    for (const format of ['markdown', 'html'] as const)
      expect(textNow(run, format)).toMatch(/ada rejected the gate go: too slow\s[^]*?no longer stands/)
  })

  test('shows in the timeline how long a change waited for a person', () => {
    const run = new KernelRun(plan([step('a')])).start('a').pass(1000)
    const review = { verdict: 'require_human', policy: 'p', tree: 't', findings: [] } as const
    run.finish('a', { ...success, review }).pass(9000)
    const bar = /<rect class="open waits" x="100" y="2" width="900" height="10"><title>waited for a person, 9.0s</
    expect(textNow(run, 'html')).toMatch(bar)
    const answer = { type: 'gate_decided', at: run.now, step: stepId('a'), decision: 'approve', by: 'ada' } as const
    run.apply({ ...answer, comment: null, tree: 't' }).settle()
    expect(textNow(run, 'html')).toMatch(bar)
  })

  test('tells of a run in `finally` what its steps came to', () => {
    const run = new KernelRun(plan([step('a')], { finally: [step('tidy')] })).run('a', failure)
    expect(reportNow(run)).toMatchObject({ status: 'running', outcome: null, steps_outcome: 'failure' })
    expect(textNow(run, 'markdown')).toMatch(/^# test: failure, finally runs, /)
  })

  test('gives the command that does it again, quoted, without values that are secret or the default', () => {
    const run = new KernelRun(plan([step('a')]))
    const spec = { type: 'string', description: null, enum: null, pattern: null, secret: false } as const
    const state = {
      ...run.state,
      plan: { ...run.state.plan, inputs: { same: { ...spec, default: 'x' }, who: spec, list: spec, key: spec } },
      inputs: { same: 'x', who: "it's $HOME", list: [1, 2], key: { $sealed: 'abc' } },
      source: { file: 'plans/a b.yaml', sha256: 'f00', projectFolder: '/project' },
    }
    const { reproduce } = reportOf(state, { now: run.now, orchdVersion: '', trace, events: [], secretValues: [] })
    expect(reproduce).toEqual({
      command: `orchd run 'plans/a b.yaml' --input 'who=it'\\''s $HOME' --input 'list=[1,2]' --input-file key=key.txt`,
      plan_file: 'plans/a b.yaml',
      plan_sha256: 'f00',
    })
  })

  test('shows no secret, in no format, also where a plan or a name of an output holds it', () => {
    const run = new KernelRun(plan([step('a', [], { name: 'with hunter2-secret' })]))
    run.run('a', { ...success, outputs: { 'hunter2-secret': 'hunter2-secret' }, message: 'hunter2-secret' })
    const report = reportNow(run, ['hunter2-secret'])
    for (const format of ['json', 'markdown', 'html'] as const) {
      const text = reportText(report, format)
      expect(text).not.toContain('hunter2')
      expect(text).toContain('***'.replaceAll('*', format === 'markdown' ? '\\*' : '*'))
    }
  })
})

describe('hostile texts', () => {
  const run = new KernelRun(plan([step('a', [], { name: hostile })], { name: hostile, description: hostile }))
  run.run('a', { ...failure, message: hostile, outputs: { [hostile]: hostile } })

  test('stay texts in HTML', () => {
    const page = textNow(run, 'html')
    expect(page).not.toMatch(/<script|[\u202E\u241B]/)
    expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;')
    expect(page.match(/<pre>/g)).toHaveLength(page.match(/<\/pre>/g)?.length ?? -1)
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'`)
  })

  test('stay texts in Markdown: no markup, no mention, no link, no row of a table more', () => {
    const text = textNow(run, 'markdown')
    expect(text).not.toMatch(/<script|@octocat|#12|(?<!\\)\]\(|[\u202E\u241B]/)
    const rows = text.split('\n').filter((line) => line.startsWith('|'))
    expect(rows).toHaveLength(3)
    for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(rows[1]!.split('|').length - 1)
  })

  test('mention nobody in a pull request, nor close what it does not mean', () => {
    const asked = new KernelRun(plan([step('go', [], { body: gate() })]))
    const decided = {
      type: 'gate_decided',
      at: asked.now,
      step: stepId('go'),
      decision: 'approve',
      by: '@ada',
    } as const
    asked.apply({ ...decided, comment: 'closes #12, GH-13, https://c.example/i/14' }).settle()
    const { body } = pullRequestTexts(asked.state, createRedactor([]))
    expect(body).toContain(
      '@&#8203;ada approved the gate go: closes #&#8203;12, GH&#8203;-13, https:&#8203;//c.example/i/14',
    )
  })

  test('do not end a block of code', () => {
    const fenced = new KernelRun(plan([step('a')], { outputs: { x: '```\n# loose\n````' } })).run('a')
    const text = textNow(fenced, 'markdown')
    const [, fence] = /^(`{3,})json$/m.exec(text) ?? []
    expect(fence).toBe('`'.repeat(5))
    expect(text.match(new RegExp(`^${fence}(json)?$`, 'gm'))).toHaveLength(2)
  })
})

test('bars of the timeline stay within it, and every step that worked has one', () => {
  const run = new KernelRun(plan([step('a'), step('b', ['a']), step('c', [], { when: 'false' })]))
  run.start('a').pass(3000).finish('a').start('b').pass(1000)
  const bars = Array.from(textNow(run, 'html').matchAll(/<rect\s+class="(\w+)"\s+x="(\d+)"\s+y="2"\s+width="(\d+)"/g))
  expect(bars.map(([, tone, x, width]) => [tone, Number(x), Number(width)])).toEqual([
    ['success', 0, 750],
    ['open', 750, 250],
  ])
})
