/** US dollars: two digits behind the point, or as many as it takes to see the first two that are not 0. */
export function dollars(usd: number): string {
  const digits = usd === 0 || Math.abs(usd) >= 0.1 ? 2 : Math.min(10, 1 - Math.floor(Math.log10(Math.abs(usd))))
  return `$${usd.toFixed(digits)}`
}
