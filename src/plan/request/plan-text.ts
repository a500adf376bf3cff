import { stringify } from 'yaml'
import type { CompiledRequest } from './compile.ts'

/** A compiled request as the text of a plan file, with its reasons as comments. */
export function planText({ plan, reasons }: CompiledRequest): string {
  const comments = ['Made of a request:', ...reasons].map((line) => `# ${line.replaceAll(/\s+/g, ' ')}\n`)
  return `${comments.join('')}${stringify(plan, { lineWidth: 0 })}`
}
