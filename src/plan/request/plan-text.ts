import { Document, isMap, isScalar, isSeq, visit } from 'yaml'
import { formatPlan } from '../format.ts'
import type { RankedAgent } from '../dispatch-policy.ts'
import type { CompiledRequest } from './compile.ts'

/** Who would do a step, as things stand, and who after that. */
export type StepAgents = { readonly id: string; readonly order: readonly RankedAgent[] }

/** Lists and maps of scalars up to this width stand on one line. */
const widest = 90

/** A compiled request as the text of a plan file, with its reasons, and who would do each step, as comments. */
export function planText({ plan, reasons, parts }: CompiledRequest, agents: readonly StepAgents[] = []): string {
  const document = new Document(plan)
  visit(document, {
    Collection(_, node, path) {
      if (path.length < 2 || isSeq(path.at(-1)) || node.items.length === 0 || !isShort(node)) return undefined
      node.flow = true
      return visit.SKIP
    },
  })
  const orders = new Map(agents.map(({ id, order }) => [id, order]))
  const steps = document.get('steps')
  for (const step of isSeq(steps) ? steps.items : []) {
    const part = isMap(step) ? parts.find(({ id }) => id === step.get('id')) : undefined
    if (!isMap(step) || part === undefined) continue
    const words = [part.why, agentWords(orders.get(part.id) ?? [])].filter((line) => line !== null)
    step.commentBefore = words.map((line) => ` ${oneLine(line)}`).join('\n')
  }
  const comments = ['Made of a request:', ...reasons].map((line) => `# ${oneLine(line)}\n`)
  const text = `${comments.join('')}${document.toString({ lineWidth: 0 })}`
  const formatted = formatPlan(text, 'plan')
  return formatted.ok ? formatted.value : text // its own lines parse
}

/** `claude_code: review is well done with complex_reasoning; then openai_codex`. */
function agentWords(order: readonly RankedAgent[]): string | null {
  const [first, ...others] = order
  if (first === undefined) return null
  const then = others.length === 0 ? '' : `; then ${others.map(({ name }) => name).join(', ')}`
  return `${first.name}: ${first.why}${then}`
}

function isShort(node: unknown): boolean {
  const text = JSON.stringify(node)
  return text.length <= widest && !text.includes('\\n') && isFlat(node)
}

const isFlat = (node: unknown): boolean =>
  isMap(node)
    ? node.items.every(({ value }) => isScalar(value) || isFlat(value))
    : isSeq(node) && node.items.every((item) => isScalar(item))

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ')
