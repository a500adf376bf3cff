import type { Output } from '../deps.ts'
import { columnsOf } from '../view/width.ts'

const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'
const clearLine = '\u001b[K'
const clearBelow = '\u001b[J'

/**
 * Lines at the bottom of a terminal that are drawn over, again and again. Each change is one write, so that nothing
 * flickers; lines must be no wider than the terminal.
 */
export class Frame {
  readonly #out: Output
  #drawn: readonly string[] = []
  #begun = false
  readonly #restore = (): void => void this.#out.write(showCursor)

  constructor(out: Output) {
    this.#out = out
  }

  /** What fits: one line is left free, for the cursor. */
  get screen(): { readonly rows: number; readonly columns: number } {
    return { rows: Math.max(2, (this.#out.rows ?? 24) - 1), columns: Math.max(10, this.#out.columns ?? 80) }
  }

  draw(lines: readonly string[]): void {
    if (sameLines(lines, this.#drawn)) return
    this.#write('', lines)
  }

  /** Puts lines above the frame, where they stay. */
  print(text: string): void {
    this.#write(`${text}\n`, this.#drawn)
  }

  /** Leaves what is drawn where it is, and the cursor below. */
  close(): void {
    if (!this.#begun) return
    this.#begun = false
    this.#drawn = []
    process.removeListener('exit', this.#restore)
    this.#restore()
  }

  /** Draws anew at once after the terminal changed its size. */
  redraw(lines: readonly string[]): void {
    this.#write('', lines)
  }

  #write(above: string, lines: readonly string[]): void {
    const up = this.#drawnRows()
    const back = up === 0 ? '\r' : `\r\u001b[${up}A`
    const paper = above === '' ? '' : above.replaceAll('\n', `${clearLine}\n`)
    const frame = lines.map((line) => `${line}${clearLine}\n`).join('')
    const start = this.#begun ? '' : hideCursor
    if (!this.#begun) process.once('exit', this.#restore)
    this.#begun = true
    this.#out.write(`${start}${back}${paper}${frame}${clearBelow}`)
    this.#drawn = lines
  }

  /** Rows that the frame takes now: a terminal that became narrower wraps what was drawn before. */
  #drawnRows(): number {
    const { columns } = this.screen
    return this.#drawn.reduce((rows, line) => rows + Math.max(1, Math.ceil(columnsOf(line) / columns)), 0)
  }
}

const sameLines = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((line, index) => line === b[index])
