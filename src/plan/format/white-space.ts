// YAML's white space: spaces, tabs and line ends. JavaScript's `trim` would also take a BOM or a no-break space, which are text.

export const isBlank = (text: string): boolean => !/[^ \t\n]/.test(text)
export const trimmedStart = (text: string): string => text.replace(/^[ \t\n]+/, '')

export function trimmedEnd(text: string): string {
  let end = text.length
  while (end > 0 && ' \t\n'.includes(text[end - 1]!)) end-- // within the text
  return text.slice(0, end)
}
