/** A name for the environment variable that carries an expression's value: the last word of it, in capitals. */
export function envNameFor(source: string): string {
  const last = source.match(/[A-Za-z_][\w-]*/g)?.at(-1) ?? 'value'
  return last.replaceAll('-', '_').toUpperCase()
}
