import { PassThrough } from 'node:stream'
import type { Output } from '../../src/surfaces/cli/deps.ts'

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
    for (const [piece] of this.text.matchAll(/\u001b\[(?:\?25[lh]|\d*A|K|J)|[\r\n]|[^\u001b\r\n]+/gu)) {
      if (piece === '\n') lines[++row] ??= ''
      else if (piece === '\u001b[J') lines.length = row + 1
      else if (/^\u001b\[\d*A$/u.test(piece)) row -= Number(piece.slice(2, -1))
      else if (!piece.startsWith('\u001b') && piece !== '\r') {
        for (let at = 0; at < piece.length; at += this.columns) {
          if (at > 0) row++
          lines[row] = piece.slice(at, at + this.columns)
        }
      }
    }
    return lines
  }
}
