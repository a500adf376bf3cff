import { basename, join } from 'node:path'
import { runId, stepId } from '../../src/base/ids.ts'
import type { Step } from '../../src/plan/plan.ts'
import type { Attempt } from '../../src/ports/agent.ts'
import { defaultRetry, step as planStep } from '../support/plans.ts'

export type AttemptSketch = {
  readonly stateFolder: string
  readonly command?: string
  readonly step?: string
  readonly attempt?: number
  readonly spec?: Partial<Step>
  readonly env?: { readonly [name: string]: string }
  readonly secrets?: { readonly [name: string]: string }
  readonly rest?: Partial<Attempt>
}

/** An attempt of a shell step as the engine would make it, in a state folder of the test's. */
export function attemptOf(sketch: AttemptSketch): Attempt {
  const { stateFolder, step = 'one', attempt = 1 } = sketch
  // Of its own for each folder: leftovers are known by it, also those of another test.
  const run = basename(stateFolder)
  return {
    runId: runId(run),
    step: stepId(step),
    attempt,
    agent: 'shell',
    spec: planStep(step, [], {
      agent: 'shell',
      body: { kind: 'run', command: sketch.command ?? 'true' },
      retry: { ...defaultRetry, on: [] },
      ...sketch.spec,
    }),
    folder: join(stateFolder, 'runs', run, step, String(attempt)),
    root: stateFolder,
    workingDirectory: stateFolder,
    env: sketch.env ?? {},
    secrets: sketch.secrets ?? {},
    secretValues: [],
    path: null,
    prompt: null,
    session: null,
    home: join(stateFolder, 'homes', `${run}.${step}`),
    with: {},
    simulate: 'none',
    outputsRead: [],
    startedAt: Date.now(),
    context: null,
    heads: [],
    holdsAgentsWork: false,
    resolvedUpTo: null,
    intents: [],
    sharedObjects: null,
    reads: [],
    reviewKeys: [],
    approved: [],
    capUsd: null,
    ...sketch.rest,
  }
}
