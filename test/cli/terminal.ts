import { PassThrough } from 'node:stream'
import type { Output } from '../../src/surfaces/cli/deps.ts'

const esc = String.fromCodePoint(27)
const pieces = new RegExp(`${esc}\\[(?:\\?25[lh]|\\d*A|K|J)|[\\r\\n]|[^${esc}\\r\\n]+`, 'gu')

/** A stream that keeps what is written to it; a terminal of a size when one is given. */
export class Recorded extends PassThrough implements Output {
  readonly isTTY: boolean
  columns: number
  rows: number
  readonly writes: string[] = []

  constructor(size: { readonly columns: number; readonly rows: number } | null = null) {
    super()
    this.isTTY = size !== null
    this.columns = size?.columns ?? 80
    this.rows = size?.rows ?? 24
    this.on('data', (chunk: Buffer) => this.writes.push(chunk.toString()))
  }

  get text(): string {
    return this.writes.join('')
  }

  /** What stands on the screen after all that was written: understands what `Frame` uses, and wraps long lines. */
  get screen(): string[] {
    const lines: string[] = ['']
    let row = 0
    for (const [piece] of this.text.matchAll(pieces)) {
      if (piece === '\n') lines[++row] ??= ''
      else if (piece === `${esc}[J`) lines.splice(row, lines.length, '')
      else if (piece.startsWith(esc) && piece.endsWith('A')) row -= Number(piece.slice(2, -1))
      else if (!piece.startsWith(esc) && piece !== '\r') {
        for (let at = 0; at < piece.length; at += this.columns) {
          if (at > 0) row++
          lines[row] = piece.slice(at, at + this.columns)
        }
      }
    }
    return lines
  }
}
