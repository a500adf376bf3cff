/** One figure, with what it should be at most (or at least). */
export type Row = {
  readonly what: string
  readonly figure: number
  readonly unit: string
  /** `null`: shown to compare, not a target. */
  readonly target: { readonly atMost: number } | { readonly atLeast: number } | null
  /** How it was measured, or what stands behind a ratio. */
  readonly note: string
}

export const header = '| what | measured | target | | behind it |\n|---|--:|--:|---|---|'

export function lineOf({ what, figure, unit, target, note }: Row): string {
  const shown = `${formatted(figure)}${unit}`
  return `| ${what} | ${shown} | ${wantedOf(target, unit)} | ${verdictOf(figure, target)} | ${note} |`
}

const formatted = (figure: number): string =>
  Math.abs(figure) >= 100 ? Math.round(figure).toLocaleString('en') : String(Number(figure.toPrecision(3)))

function wantedOf(target: Row['target'], unit: string): string {
  if (target === null) return ''
  return 'atMost' in target ? `≤ ${formatted(target.atMost)}${unit}` : `≥ ${formatted(target.atLeast)}${unit}`
}

function verdictOf(figure: number, target: Row['target']): string {
  if (target === null) return ''
  const met = 'atMost' in target ? figure <= target.atMost : figure >= target.atLeast
  return met ? 'met' : 'missed'
}
