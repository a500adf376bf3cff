/** What a piece of work is, as far as its words tell: what the dispatch policy goes by. */
export type TaskProfile = {
  /** A word of `taskTypes`, or whatever the request says; the list is open. */
  readonly type: string
  readonly size: TaskSize
  /** Capabilities that suit it, the most important first; an agent without them can do it, too. */
  readonly wants: readonly string[]
  /** Why it was taken for that, in words. */
  readonly reasons: readonly string[]
}

export type TaskSize = 'small' | 'medium' | 'large'

/** What is known of the work. Everything but the text may be missing. */
export type TaskDescription = {
  readonly text: string
  /** As the request says: then it is not guessed. */
  readonly type?: string | null
  /** Globs or paths that the work is about. */
  readonly files?: readonly string[]
  readonly requireTests?: boolean
  readonly requirePr?: boolean
  /** Whether parts of it may be done at the same time. */
  readonly allowParallel?: boolean
}

type Rule = { readonly type: string; readonly words: RegExp; readonly wants: readonly string[] }

/** By kind of work: the words that tell it, and the capabilities that suit it. The words that come first in a text decide. */
const rules: readonly Rule[] = [
  {
    type: 'review',
    words:
      /\b(review|audit|inspect|assess|critique|change nothing|look (?:for|at|over|through)|find (?:problems|issues))\w*/i,
    wants: ['complex_reasoning', 'rule_enforcement'],
  },
  {
    type: 'complex_refactor',
    words:
      /\b(refactor|restructur|re-?architect|re-?write|moderni[sz]|migrat|modulari[sz]|untangl|simplif|renam|split (?:up|the)|extract (?:a|the))\w*/i,
    wants: ['complex_reasoning', 'iterative_refinement'],
  },
  {
    type: 'test_generation',
    words:
      /\b(?:(?:add|writ|generat|creat|extend|increas|improv|cover)\w*\b(?:\s+[\w-]+){0,4}?\s+(?:tests?|specs?|coverage)|test coverage)\b/i,
    wants: ['isolated_execution', 'parallel_sandboxes'],
  },
  {
    type: 'bug_fix',
    words: /\b(fix|bug|regression|repair|debug|crash|hotfix|broken|fail(?:s|ing|ure)\b|defect)\w*/i,
    wants: ['iterative_refinement', 'complex_reasoning'],
  },
  {
    type: 'documentation',
    words: /\b(document|docs?\b|readme|docstring|changelog|tutorial|user guide|translat)\w*/i,
    wants: ['headless_operation'],
  },
  {
    type: 'dependency_update',
    words: /\b(upgrad|bump)\w*|\bupdat\w*\s+(?:the\s+|all\s+)?(?:dependenc|packages?|librar)\w*/i,
    wants: ['isolated_execution', 'pr_generation'],
  },
  {
    type: 'optimization',
    words: /\b(optimi[sz]|speed up|faster|performance|latency|profil(?:e|ing))\w*/i,
    wants: ['complex_reasoning', 'iterative_refinement'],
  },
  {
    type: 'design',
    words: /\b(design|plan\b|propos|architect|decide|compare|research|investigat|analy[sz])\w*/i,
    wants: ['complex_reasoning'],
  },
  {
    type: 'feature',
    words: /\b(implement|add|build|creat|develop|support|introduc|writ|make)\w*/i,
    wants: ['iterative_refinement'],
  },
]

const defaultType = 'general'

/** More of a text than this says nothing new about what kind of work it is. */
const longestText = 20_000

/** The kinds of work that the analyzer knows; the list is open. */
export const taskTypes: readonly string[] = [...rules.map(({ type }) => type), defaultType]

/** What kind of work a text describes, how large it is, and what it wants of an agent; every finding with its reason. */
export function profileOf(task: TaskDescription): TaskProfile {
  const text = task.text.slice(0, longestText)
  const kind = kindOf(text, task.type ?? null)
  const size = sizeOf(text, task.files ?? [])
  const wants = [...(rules.find(({ type }) => type === kind.type)?.wants ?? [])]
  const reasons = [kind.reason, size.reason]
  const want = (capability: string, reason: string): void => {
    if (wants.includes(capability)) return
    wants.push(capability)
    reasons.push(`${capability} suits it, because ${reason}`)
  }
  if (size.size === 'large') want('complex_reasoning', 'it is large')
  if (task.requireTests === true) want('isolated_execution', 'its tests are run')
  if (task.requirePr === true) want('pr_generation', 'it ends as a pull request')
  if (task.allowParallel === true && size.size === 'large')
    want('parallel_sandboxes', 'parts of it may be done at once')
  return { type: kind.type, size: size.size, wants, reasons }
}

function kindOf(text: string, told: string | null): { readonly type: string; readonly reason: string } {
  if (told !== null && told !== '') return { type: told, reason: `its type is given: ${told}` }
  const found = rules
    .flatMap(({ type, words }) => {
      const match = words.exec(text)
      return match === null ? [] : [{ type, word: match[0], at: match.index }]
    })
    // Stable: of two that begin at the same place, the rule that stands first.
    .toSorted((a, b) => a.at - b.at)[0]
  return found === undefined
    ? { type: defaultType, reason: `no word tells its kind: ${defaultType}` }
    : { type: found.type, reason: `"${found.word}" tells of ${found.type}` }
}

const wide =
  /\b(entire|whole|all (?:the )?(?:files|modules|packages|services|code)|across|everywhere|throughout|codebase)\b/i
const narrow = /\b(typo|one[- ]line|small|minor|trivial|quick|tiny|single)\b/i

function sizeOf(text: string, files: readonly string[]): { readonly size: TaskSize; readonly reason: string } {
  const word = wide.exec(text)?.[0]
  if (word !== undefined) return { size: 'large', reason: `large: "${word}" tells of much work` }
  const isWide = files.some((file) => file.includes('**'))
  if (files.length > 20) return { size: 'large', reason: `large: it is about ${files.length} files` }
  if (text.length > 4000) return { size: 'large', reason: 'large: it takes many words to say' }
  const few = narrow.exec(text)?.[0]
  if (few !== undefined) return { size: 'small', reason: `small: "${few}" tells of little work` }
  if (files.length === 1 && !isWide) return { size: 'small', reason: 'small: it is about one file' }
  return { size: 'medium', reason: 'medium: nothing tells that it is small or large' }
}
