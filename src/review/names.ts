import type { ReviewPolicy } from '../plan/review-policy.ts'
import type { Finding } from '../run/review.ts'
import type { ChangedFile } from './changed-files.ts'
import { fingerprint } from './secrets/found.ts'
import { knownValues, ownMatches } from './secrets/own.ts'

export type InNames = {
  readonly findings: readonly Finding[]
  /** Texts that no finding may show. */
  readonly secrets: readonly string[]
}

/** Secrets in the names of files. */
export function findingsInNames(
  files: readonly ChangedFile[],
  { secrets }: ReviewPolicy,
  secretValues: readonly string[],
): InNames {
  const find = knownValues(secretValues)
  const matchesIn = (text: string): readonly { readonly rule: string; readonly text: string }[] => [
    ...find(Buffer.from(text)).map((match) => ({
      rule: 'known_secret',
      text: Buffer.from(match.text, 'latin1').toString(),
    })),
    ...ownMatches('', text),
  ]
  const names = files.flatMap(({ path, oldPath }) => (path === oldPath ? [path] : [path, oldPath]))
  // Hardly ever there is one, and all names at once cost no more than one.
  if (matchesIn(names.join('\n')).length === 0) return { findings: [], secrets: [] }
  const action = secrets === 'block' ? 'block' : 'human'
  const findings = files
    .filter(({ status }) => status === 'added' || status === 'renamed')
    .flatMap(({ path }) =>
      matchesIn(path).map(({ rule, text }): Finding => {
        const message = 'what looks like a secret stands in the name of the file'
        return { rule, action, file: path, line: null, message, sha256: fingerprint(text) }
      }),
    )
  return { findings, secrets: names.flatMap((name) => matchesIn(name).map(({ text }) => text)) }
}
