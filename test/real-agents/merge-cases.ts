import { execFileSync } from 'node:child_process'
import { check } from '../../demo/support/orchd.ts'
import { AgentProject, type Response } from './agent-project.ts'
import type { Case } from './case.ts'
import { scripted } from './model-server.ts'

/** What a merge has the real agents do. */
export const mergeCases: readonly Case[] = [
  {
    name: 'resolves the conflict of a merge, in the sandbox',
    run: async (agent) => {
      await using real = await AgentProject.open(agent, { shell_commands: 'allowed' })
      const { project } = real
      const git = (...args: string[]): string =>
        execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args], {
          cwd: project.folder,
          encoding: 'utf8',
        })
      // What the steps were to do is told to whoever resolves their conflict: so the script is there.
      const script = scripted([
        { do: 'shell', command: "grep -q '^<<<<<<< ' a.txt && printf 'one\\ntwo\\n' > a.txt" },
        { do: 'say', text: 'Resolved.' },
      ])
      const steps = [
        { id: 'one', description: script, run: 'echo one > a.txt' },
        { id: 'two', run: 'echo two > a.txt' },
        {
          id: 'join',
          depends_on: ['one', 'two'],
          agent: agent.name,
          model: agent.model,
          permissions: { network: 'restricted' },
          timeout: '90s',
          integrate: { on_conflict: 'resolve_with_agent', verify: 'grep one a.txt && grep two a.txt' },
        },
      ]
      project.write('a.txt', 'none\n')
      project.write('.gitignore', '.orchd\n')
      project.write('plan.yaml', JSON.stringify({ name: 'merge', context: { branch: 'result' }, steps }))
      git('init', '--quiet', '--initial-branch=main')
      git('add', '--all')
      git('commit', '--quiet', '--message=first')
      const from = performance.now()
      const response = (await project.json('run', 'plan.yaml')) as Response
      const ms = Math.round(performance.now() - from)
      const step = response.steps.find(({ id }) => id === 'join')
      if (step === undefined) throw new Error(JSON.stringify(response))
      check(`${agent.name}: the merge succeeds`, step.outcome === 'success' && step.attempts === 1, step)
      check(`${agent.name}: the result has both sides`, git('show', 'result:a.txt') === 'one\ntwo\n')
      check(`${agent.name}: tokens are exactly those of the service`, real.tokensAreExact(step), step)
      check(`${agent.name}: and so is what they cost`, real.costIsExact(step), step)
      return `${ms} ms, ${step.usage?.input_tokens} + ${step.usage?.output_tokens} tokens, $${step.cost_usd}`
    },
  },
]
