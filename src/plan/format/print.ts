import {
  type Collection,
  type Comment,
  type Entry,
  type Layout,
  type Leaf,
  type Value,
  isApart,
  isCollection,
} from './tree.ts'

const step = 2
/** Columns. What is written within braces or brackets and does not fit is written as a block instead. */
export const width = 100

/** The text of a layout. */
export function printLayout({ header, root }: Layout): string {
  const page = new Page()
  page.comments(header, 0, false)
  printBlock(page, root, 0)
  return page.text()
}

/** Lines, one after the other, with at most one blank one in between. */
class Page {
  readonly #lines: string[] = []
  /** Blank lines below a `|+` are part of its value. */
  #takesBlanks = true

  line(indent: number, text: string): void {
    this.#lines.push(text === '' ? '' : `${' '.repeat(indent)}${text}`)
    this.#takesBlanks = true
  }

  blank(): void {
    if (this.#takesBlanks && this.#lines.length > 0 && this.#lines.at(-1) !== '') this.#lines.push('')
  }

  comments(comments: readonly Comment[], indent: number, isFirstApart: boolean): void {
    for (const [index, { text, blankAbove }] of comments.entries()) {
      if (index === 0 ? isFirstApart : blankAbove) this.blank()
      this.line(indent, text)
    }
  }

  keep(): void {
    this.#takesBlanks = false
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`
  }
}

function printBlock(page: Page, collection: Collection, indent: number, opening = ''): void {
  for (const [index, entry] of collection.entries.entries()) {
    const lead = index === 0 ? opening : ''
    if (isApart(entry) && lead === '') page.blank()
    page.comments(entry.above, indent, false)
    if (entry.above.length > 0 && entry.blankAbove) page.blank()
    printEntry(page, entry, indent, lead)
  }
  page.comments(collection.below, indent, collection.below[0]?.blankAbove ?? false)
}

/** @param lead the `- ` of the list items that begin on the same line */
function printEntry(page: Page, entry: Entry, indent: number, lead: string): void {
  const { value, beside } = entry
  const from = indent - lead.length
  const mark = lead + (entry.key === null ? '-' : `${entry.keyText}:`)
  if (!isCollection(value)) return printLeaf(page, value, { from, mark, beside, below: indent + step })
  if (value.inFlow || value.entries.length === 0) {
    return page.line(from, withComment(`${mark} ${flowText(value)}`, beside))
  }
  if (entry.key === null) return printBlock(page, value, indent + step, `${mark} `)
  page.line(from, withComment(mark, beside))
  printBlock(page, value, indent + step)
}

type Place = { readonly from: number; readonly mark: string; readonly beside: string | null; readonly below: number }

function printLeaf(page: Page, leaf: Leaf, { from, mark, beside, below }: Place): void {
  if (leaf.kind === 'inline') {
    return page.line(from, withComment(leaf.text === '' ? mark : `${mark} ${leaf.text}`, beside))
  }
  const [first = '', ...rest] = leaf.kind === 'broken' ? leaf.lines : [withComment(leaf.header, beside), ...leaf.lines]
  page.line(from, `${mark} ${first}`)
  for (const line of rest.slice(0, -1)) page.line(below, line)
  const last = rest.at(-1) ?? ''
  page.line(below, leaf.kind === 'broken' ? withComment(last, beside) : last)
  if (leaf.kind === 'block' && leaf.header.endsWith('+')) page.keep()
}

const withComment = (text: string, comment: string | null): string => (comment === null ? text : `${text} ${comment}`)

/** A value on one line, with braces and brackets. */
export function flowText(value: Value): string {
  if (!isCollection(value)) return value.kind === 'inline' ? value.text : value.lines.join(' ')
  const items = value.entries.map(({ keyText, value: inner }) => {
    const text = flowText(inner)
    return value.kind === 'list' ? text : `${keyText}: ${text === '' ? 'null' : text}`
  })
  if (items.length === 0) return value.kind === 'list' ? '[]' : '{}'
  return value.kind === 'list' ? `[${items.join(', ')}]` : `{ ${items.join(', ')} }`
}
