import fc from 'fast-check'
import { scalarTexts } from './scalar-texts.ts'

type Part =
  | { readonly kind: 'scalar'; readonly text: string }
  | { readonly kind: 'list' | 'map'; readonly entries: readonly Entry[]; readonly deeper: number }
type Entry = {
  /** What stands before its line. */
  readonly above: string
  readonly key: string
  readonly gap: string
  readonly part: Part
  readonly behind: string
  /** Whether a value has a line of its own. */
  readonly isBelow: boolean
}

const keyTexts = [
  'a',
  '1',
  'a b',
  '"q"',
  "'s'",
  '"a\\tb"',
  '"',
  '-a',
  '.a',
  'a:b',
  'a#b',
  'a,b',
  'a ',
  'true',
  '~',
  '<<',
  'é',
  '$x',
  '__proto__',
  '[a]',
  '${{ y }}',
  '? a',
  'x'.repeat(1001),
]

/** Now and then one of these; so seldom that most texts are right as a whole. */
const seldom = <T>(usual: T, unusual: readonly T[], weight: number): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...unusual) })

const scalar = fc.record({
  kind: fc.constant('scalar' as const),
  text: fc.oneof(
    { weight: 5, arbitrary: fc.stringMatching(/^[a-z0-9]{1,4}$/) },
    { weight: 1, arbitrary: fc.constantFrom(...scalarTexts) },
  ),
})

const { collection } = fc.letrec<{ collection: Part; entry: Entry }>((tie) => ({
  collection: fc.record({
    kind: fc.constantFrom('list', 'map'),
    entries: fc.array(tie('entry'), { minLength: 1, maxLength: 4, depthIdentifier: 'yaml' }),
    deeper: seldom(2, [4, 1, 0], 15),
  }),
  entry: fc.record({
    above: seldom('', ['\n', '\n\n', ' # c\n', '#c\n', '  \n', '\t\n', '    # c\n'], 25),
    key: fc.oneof(
      { weight: 12, arbitrary: fc.stringMatching(/^[a-z]{1,3}$/) },
      { weight: 1, arbitrary: fc.constantFrom(...keyTexts) },
    ),
    gap: seldom(' ', ['  ', '', '\t'], 40),
    part: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'yaml' },
      { weight: 3, arbitrary: scalar },
      { weight: 1, arbitrary: tie('collection') },
    ),
    behind: seldom('', [' ', ' # c', '#c', '\n# c', '\n', '\n\n  # c'], 25),
    isBelow: seldom(false, [true], 6),
  }),
}))

/** Texts that are YAML more often than not: nested lists and maps with everything that may stand in and between them. */
export const anyYaml: fc.Arbitrary<string> = fc
  .tuple(
    seldom('', ['---\n', '# c\n', '\n', '--- # c\n', '---\n# c\n', '%YAML 1.2\n---\n'], 12),
    collection,
    seldom('\n', ['', '\n\n', '\n# c\n', ' ', '\n...\n', '\n---\n'], 12),
  )
  .map(([head, root, tail]) => head + textOf(root, 0) + tail)

/** Without the indentation of its first line. */
function textOf(part: Part, indent: number): string {
  const spaces = ' '.repeat(indent)
  if (part.kind === 'scalar') return part.text.replaceAll('\n  ', `\n${spaces}`)
  const lines = part.entries.map(({ above, key, gap, part: value, behind, isBelow }, at) => {
    const start = `${above}${at === 0 && above === '' ? '' : spaces}${part.kind === 'list' ? '-' : `${key}:`}`
    const isBlock = value.kind !== 'scalar'
    const deeper = indent + part.deeper
    if (part.kind === 'map' && (isBlock || isBelow))
      return `${start}${behind}\n${' '.repeat(deeper)}${textOf(value, deeper)}`
    const text = textOf(value, isBlock ? indent + 1 + gap.length : indent)
    return `${start}${gap}${text}${isBlock ? '' : behind}`
  })
  return lines.join('\n')
}
