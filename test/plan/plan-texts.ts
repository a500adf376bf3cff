import type { Random } from '../support/random.ts'

/**
 * A random valid plan as somebody may have written it: keys in any order and by both names, every style of texts and
 * collections, any indentation, comments and blank lines wherever they may be.
 */
export function randomPlanText(random: Random): string {
  const writer = new Writer(random)
  const count = 1 + random.below(6)
  const steps = Array.from({ length: count }, (_, index) => step(index, random))
  const root: [string, Value][] = [
    ['name', text('generated plan')],
    ['steps', { list: steps }],
  ]
  if (random.chance(0.5)) root.push(['description', text(random.pick(texts))])
  if (random.chance(0.5))
    root.push(['env', { map: [['LEVEL', raw(random.pick(['1.10', '0x1F', 'true', '~x', '+5']))]] }])
  if (random.chance(0.5))
    root.push([
      'inputs',
      {
        map: [
          [
            'who',
            {
              map: [
                ['default', text('you')],
                ['type', raw('string')],
              ],
            },
          ],
        ],
      },
    ])
  if (random.chance(0.3))
    root.push([
      'finally',
      {
        list: [
          {
            map: [
              ['run', text('true && echo')],
              ['id', raw('last')],
            ],
          },
        ],
      },
    ])
  if (random.chance(0.3)) root.push(['outputs', { map: [['name', text('${{ plan.name }}')]] }])
  if (random.chance(0.3)) root.push(['priority', raw('7')])
  return writer.document(random.chance(0.7) ? shuffled(root, random) : root)
}

type Value =
  | { readonly map: readonly [string, Value][] }
  | { readonly list: readonly Value[] }
  | { readonly text: string }
  | { readonly raw: string }

const text = (value: string): Value => ({ text: value })
const raw = (value: string): Value => ({ raw: value })

const texts = [
  'short',
  'it is # not a comment',
  'it\'s "quoted" and \\ slashed',
  'a rather long text that goes on and on, so that somebody may have wanted to break it into several lines, as people do',
  'first\nsecond\n  indented\n\nfifth\n',
  '  starts with spaces\nand goes on\n',
  'ends with blank lines\n\n\n',
  'no line end\nat the end',
  '- looks: like\n- yaml\n',
  '- x',
  'key: value',
  '',
  '\n',
  'trailing space \nand\ttab\n',
  'ünï💥',
]

function step(index: number, random: Random): Value {
  const entries: [string, Value][] = [['id', raw(`s${index}`)]]
  const command = random.pick(texts.filter((value) => value !== ''))
  if (random.chance(0.2))
    entries.push([
      'approval',
      {
        map: [
          ['timeout', raw('1h')],
          ['prompt', text(command)],
        ],
      },
    ])
  else entries.push(['run', text(command)], ['timeout', raw('5m')])
  if (index > 0) {
    const needs = { list: [raw(`s${random.below(index)}`)] }
    entries.push([random.pick(['depends_on', 'needs']), needs])
  }
  if (random.chance(0.3)) entries.push([random.pick(['when', 'if']), text('plan.name != "x"')])
  if (random.chance(0.3)) entries.push(['description', text(random.pick(texts))])
  if (random.chance(0.3))
    entries.push([
      'with',
      {
        map: [
          ['x', { list: [{ list: [raw('1'), text('b')] }, { map: [] }, { list: [] }] }],
          ['a', raw('null')],
        ],
      },
    ])
  return { map: random.chance(0.7) ? shuffled(entries, random) : entries }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, at: random.fraction() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

/** Writes in whatever style chance says. */
class Writer {
  readonly #random: Random
  readonly #lines: string[] = []
  readonly #width: number
  #comments = 0

  constructor(random: Random) {
    this.#random = random
    this.#width = 1 + random.below(4)
  }

  document(root: readonly [string, Value][]): string {
    this.#between(0)
    this.#map(root, 0, '')
    this.#between(0)
    const end = this.#random.pick(['\n', '\n', '\r\n'])
    return this.#lines.join(end) + end
  }

  /** What may stand between two entries. */
  #between(indent: number): void {
    while (this.#random.chance(0.25)) {
      const column = this.#random.chance(0.8) ? indent : this.#random.below(8)
      this.#lines.push(this.#random.chance(0.5) ? '' : `${' '.repeat(column)}${this.#comment()}`)
    }
  }

  #comment(): string {
    return `#${this.#random.pick(['', ' '])}comment ${++this.#comments}`
  }

  #beside(): string {
    return this.#random.chance(0.15) ? ` ${this.#comment()}` : ''
  }

  #map(entries: readonly [string, Value][], indent: number, lead: string): void {
    for (const [index, [key, value]] of entries.entries()) {
      if (index > 0) this.#between(indent)
      const written = this.#random.chance(0.1) ? `"${key}"` : key
      this.#entry(`${index === 0 ? lead : ' '.repeat(indent)}${written}:`, value, indent, false)
    }
  }

  #entry(start: string, value: Value, indent: number, isItem: boolean): void {
    const random = this.#random
    if ('raw' in value) this.#lines.push(`${start} ${value.raw}${this.#beside()}`)
    else if ('text' in value) this.#text(start, value.text, indent)
    else {
      const items = 'map' in value ? value.map : value.list
      if (items.length === 0 || random.chance(0.3)) this.#flow(start, value, indent)
      else if ('map' in value && isItem) this.#map(value.map, start.length + 1, `${start} `)
      else if ('list' in value && isItem) this.#list(value.list, start.length + 1, `${start} `)
      else {
        const inner = indent + ('list' in value && random.chance(0.3) ? 0 : this.#width)
        this.#lines.push(`${start}${this.#beside()}`)
        this.#between(inner)
        if ('map' in value) this.#map(value.map, indent + this.#width, ' '.repeat(indent + this.#width))
        else this.#list(value.list, inner, ' '.repeat(inner))
      }
    }
  }

  #list(items: readonly Value[], indent: number, lead: string): void {
    for (const [index, item] of items.entries()) {
      if (index > 0) this.#between(indent)
      const gap = ' '.repeat(this.#random.below(3))
      this.#entry(`${index === 0 ? lead : ' '.repeat(indent)}-${gap}`, item, indent, true)
    }
  }

  #flow(start: string, value: Value, indent: number): void {
    const breaks = this.#random.chance(0.3)
    const inner = (): string => {
      if (!breaks || !this.#random.chance(0.5)) return this.#random.pick([' ', '', '  '])
      const comment = this.#random.chance(0.4) ? ` ${this.#comment()}` : ''
      return `${comment}\n${' '.repeat(indent + 1 + this.#random.below(5))}`
    }
    const written = (one: Value): string => {
      if ('raw' in one) return one.raw
      if ('text' in one) return quoted(one.text, this.#random)
      const parts = 'list' in one ? one.list.map(written) : one.map.map(([key, item]) => `${key}: ${written(item)}`)
      const [open, close] = 'list' in one ? ['[', ']'] : ['{', '}']
      const comma = parts.length > 0 && this.#random.chance(0.2) ? ',' : ''
      return `${open}${inner()}${parts.join(`,${inner()} `)}${comma}${inner()}${close}`
    }
    this.#lines.push(...`${start} ${written(value)}${this.#beside()}`.split('\n'))
  }

  #text(start: string, value: string, indent: number): void {
    const random = this.#random
    const pad = ' '.repeat(indent + this.#width)
    if (value.includes('\n') && random.chance(0.7)) {
      const body = value.replace(/\n+$/, '')
      const ends = value.length - body.length
      const chomp = ends === 0 ? '-' : ends === 1 ? random.pick(['', '+']) : '+'
      const digit = value.startsWith(' ') || random.chance(0.1) ? String(this.#width) : ''
      if (body !== '') {
        this.#lines.push(`${start} |${random.chance(0.5) ? `${digit}${chomp}` : `${chomp}${digit}`}${this.#beside()}`)
        for (const line of body.split('\n')) this.#lines.push(line === '' ? '' : pad + line)
        for (let extra = 1; extra < ends; extra++) this.#lines.push('')
        if (chomp === '+') this.#lines.push('# so that the value ends here') // what follows may be blank
        return
      }
    }
    if (/^[a-z][a-z ,]*$/.test(value) && random.chance(0.6)) {
      const words = value.split(' ')
      const cut = 1 + random.below(words.length)
      const parts = [words.slice(0, cut).join(' '), words.slice(cut).join(' ')].filter((part) => part !== '')
      if (random.chance(0.3)) this.#lines.push(`${start} >-`, ...parts.map((part) => pad + part))
      else this.#lines.push(...`${start} ${parts.join(`\n${pad}`)}${this.#beside()}`.split('\n'))
      return
    }
    this.#lines.push(`${start} ${quoted(value, random)}${this.#beside()}`)
  }
}

function quoted(value: string, random: Random): string {
  const canBeSingle = !value.includes('\n')
  return canBeSingle && random.chance(0.5) ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value)
}
