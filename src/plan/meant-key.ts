import { type Suggest, didYouMean } from './suggest.ts'

/** What other tools call it. */
const otherWords: Readonly<Record<string, string>> = {
  command: 'run',
  cmd: 'run',
  script: 'run',
  shell: 'run',
  instructions: 'prompt',
  dependencies: 'depends_on',
  after: 'depends_on',
  condition: 'when',
  environment: 'env',
  cwd: 'working_directory',
  retries: 'retry',
  jobs: 'steps',
  tasks: 'steps',
  title: 'name',
}

/** The known key that an unknown one most likely stands for. */
export function meantKey(key: string, known: readonly string[], suggest: Suggest): string | null {
  const others = Object.keys(otherWords).filter((word) => known.includes(otherWords[word]!))
  const near = suggest(key, [...known, ...others])
  return near === null || known.includes(near) ? near : (otherWords[near] ?? null)
}

export function keyHelp(key: string, known: readonly string[], suggest: Suggest): string | undefined {
  const meant = meantKey(key, known, suggest)
  return meant === null ? didYouMean(suggest, key, known) : `did you mean "${meant}"?`
}

/** The keys that an object may have where an unknown one was found. */
export const knownKeys = ({
  parentSchema,
}: {
  readonly parentSchema?: { readonly [key: string]: unknown }
}): readonly string[] => Object.keys(parentSchema?.['properties'] ?? {})
