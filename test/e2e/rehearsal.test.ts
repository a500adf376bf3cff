import { expect, test } from 'vitest'
import { Project } from '../../demo/support/orchd.ts'

test('a rehearsal goes through where steps read what other steps would have given', async () => {
  await using project = new Project()
  project.write(
    'plan.yaml',
    `name: p
steps:
  - { id: make, run: echo "word=real" >> "$ORCHD_OUTPUT"; touch ran }
  - { id: ask, depends_on: [make], agent: claude_code, prompt: "Explain \${{ steps.make.outputs.word }}." }
  - { id: use, depends_on: [ask], run: "true", env: { SAID: "\${{ steps.ask.outputs.answer.text }}" } }
outputs: { word: "\${{ steps.make.outputs.word }}" }
`,
  )
  const { code, stdout } = await project.orchd('run', 'plan.yaml', '--simulate', '--json')
  expect([code, JSON.parse(stdout.trim().split('\n').at(-1)!)]).toMatchObject([
    0,
    { status: 'completed', simulated: true, outputs: { word: 'simulated word' } },
  ])
})
