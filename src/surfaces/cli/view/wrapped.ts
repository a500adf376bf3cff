import { columnsOf } from './width.ts'

/** A text in lines of at most `columns`, broken between words; the first begins with `first`, the others are indented as far. */
export function wrapped(text: string, first: string, columns: number): string[] {
  const indent = ' '.repeat(columnsOf(first))
  const lines: string[] = []
  let line = first
  let isEmpty = true
  for (const word of text.split(' ')) {
    if (!isEmpty && columnsOf(line) + 1 + columnsOf(word) > columns) {
      lines.push(line)
      line = indent
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line]
}
