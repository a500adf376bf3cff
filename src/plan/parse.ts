import type { Diagnostic } from '../base/diagnostic.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { checkAgents } from './check/agents.ts'
import { checkEffects } from './check/effects.ts'
import { checkText } from './check/expressions.ts'
import { checkGraph, hasTooManySteps } from './check/graph.ts'
import { type Around, checkInContext } from './check/in-context.ts'
import { checkInputs } from './check/inputs.ts'
import { objectAt, outlineOf } from './check/outline.ts'
import { checkPaths } from './check/paths.ts'
import { checkBudgetAgent } from './check/budget-agents.ts'
import { checkPermissions } from './check/permissions.ts'
import { textPlaces } from './check/places.ts'
import { planWords } from './check/plan-words.ts'
import { type PromptFiles, readPromptFiles } from './check/prompt-files.ts'
import { type CheckContext, checkPositive, checkStep } from './check/steps.ts'
import { checkSubPlanInputs } from './check/sub-plan-inputs.ts'
import { checkPlaceOfWork } from './check/place-of-work.ts'
import { checkRequiredTests } from './check/required-tests.ts'
import { checkReview } from './check/review.ts'
import { checkRunnable } from './check/runnable.ts'
import { checkWrites } from './check/writes.ts'
import { readDocument, type SourceDocument } from './document.ts'
import type { PlanDocument } from './generated/plan-document.ts'
import { validatePlan } from './generated/validate-plan.ts'
import { withImplicitSteps } from './implicit.ts'
import { normalise } from './normalise.ts'
import type { PlanOptions } from './options.ts'
import type { Plan } from './plan.ts'
import { checkSchema, isAccepted } from './schema-errors.ts'
import { reporter, sortDiagnostics } from './source-text.ts'
import { SubPlans } from './sub-plans.ts'
import { suggester } from './suggest.ts'

export type { PlanOptions } from './options.ts'
export { justValidate } from './options.ts'

/** A plan, unless one of the diagnostics is an error. */
export type ParsedPlan = {
  readonly plan: Plan | null
  readonly diagnostics: readonly Diagnostic[]
  /** The other files in which diagnostics have their place: sub-plans and prompts. */
  readonly texts: ReadonlyMap<string, string>
}

/**
 * Reads a plan: every mistake in it at once, in the order of the text, and the plan when there is none.
 * Never throws, whatever the text is; hostile text costs a fraction of a second.
 *
 * @param file what the text is called in diagnostics
 */
export function parsePlan(text: string, file: string, options: PlanOptions): ParsedPlan {
  let hasContext = false
  const subPlans = new SubPlans(options.readFile, (part, path, found) =>
    parseOne(part, path, options, found, () => ({ isRoot: false, hasContext })),
  )
  const { plan, diagnostics, prompts } = parseOne(text, file, options, subPlans, (root) => {
    hasContext = 'context' in root
    return { isRoot: true, hasContext }
  })
  const all = [...diagnostics, ...subPlans.diagnostics()]
  const isValid = all.every(({ severity }) => severity !== 'error')
  return {
    plan: plan === null || !isValid ? null : whole({ ...plan, subPlans: subPlans.plans() }, options),
    diagnostics: all,
    texts: new Map([...subPlans.texts(), ...prompts]),
  }
}

const whole = (plan: Plan, { simulate }: PlanOptions): Plan => (simulate === 'all' ? plan : withImplicitSteps(plan))

type ParsedFile = Omit<ParsedPlan, 'texts'> & { readonly prompts: PromptFiles }

function parseOne(
  text: string,
  file: string,
  options: PlanOptions,
  subPlans: SubPlans,
  aroundOf: (root: JsonObject) => Around,
): ParsedFile {
  const { document, diagnostics } = readDocument(file, text)
  const around = aroundOf(objectAt(document?.value))
  const prompts =
    document === null ? new Map<string, string>() : checkPlan(document, options, subPlans, diagnostics, around)
  const isValid = (): boolean => diagnostics.every(({ severity }) => severity !== 'error')
  const accepted = document !== null && isValid() && isPlanDocument(document.value) ? document.value : null
  if (document !== null && accepted === null && isValid()) tellPlainly(document, diagnostics)
  const plan =
    document === null || accepted === null ? null : normalise(accepted, { located: document, prompts, options, around })
  return { plan, diagnostics: sortDiagnostics(withoutBidiEchoes(diagnostics)), prompts }
}

/** The words of the schema itself: should a mistake have none of its own, it is still told. */
function tellPlainly(document: SourceDocument, diagnostics: Diagnostic[]): void {
  checkSchema(document, validatePlan, reporter(document.source, diagnostics), suggester())
}

/** The same characters as a warning of the text, where they are an error of an id. */
function withoutBidiEchoes(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const bidi = diagnostics.filter(({ code }) => code === 'BIDI_CHARACTER')
  const echoes = bidi.filter(
    ({ severity, line, column }) =>
      severity === 'warning' &&
      bidi.some(
        (other) =>
          other.severity === 'error' && other.line === line && other.column <= column && column < other.endColumn,
      ),
  )
  return diagnostics.filter((diagnostic) => !echoes.includes(diagnostic))
}

function checkPlan(
  document: SourceDocument,
  options: PlanOptions,
  subPlans: SubPlans,
  diagnostics: Diagnostic[],
  around: Around,
): PromptFiles {
  const report = reporter(document.source, diagnostics)
  const suggest = suggester()
  const context: CheckContext = { outline: outlineOf(document.value), document, report, suggest }
  const { outline } = context
  if (hasTooManySteps(outline, document, report)) return new Map()
  checkSchema(document, validatePlan, report, suggest, planWords(document))
  const graph = checkGraph(outline, document, report, suggest)
  checkInputs(context)
  checkPaths(context)
  checkEffects(context)
  checkReview(context, options, around)
  checkRequiredTests(context, options, around)
  checkPlaceOfWork(context, options)
  checkPositive(maxDuration(outline.root), ['constraints', 'max_duration'], context)
  for (const step of outline.steps) checkStep(step, graph, context)
  checkWrites(graph, context)
  checkInContext(context, around)
  if (options.agents !== null) checkAgents(options.agents, context)
  const { agentPermissions, tellsCost } = options
  if (tellsCost !== undefined) for (const step of outline.steps) checkBudgetAgent(step, context, tellsCost)
  if (agentPermissions !== undefined)
    for (const step of outline.steps) checkPermissions(step, context, agentPermissions)
  const expressions = { outline, graph, suggest, subPlans: checkSubPlans(context, subPlans) }
  for (const place of textPlaces(outline)) {
    checkText({ ...place, report, spanOf: (part) => document.partSpan(place.path, part) }, expressions)
  }
  if (options.forRun && options.simulate === 'none')
    for (const step of outline.steps) checkRunnable(step, context, options)
  return options.readFile === null ? new Map() : readPromptFiles(options.readFile, expressions, context, diagnostics)
}

/** The sub-plans of the steps that have one which can be used. */
function checkSubPlans(context: CheckContext, subPlans: SubPlans): ReadonlyMap<string, Plan> {
  const found = new Map<string, Plan>()
  for (const step of context.outline.steps) {
    const plan = 'plan' in step.raw && step.bodies.length === 1 ? subPlans.read(step, context) : null
    if (plan === null) continue
    checkSubPlanInputs(step, plan, context)
    if (step.id !== null) found.set(step.id, plan)
  }
  return found
}

const maxDuration = (root: JsonObject): Json | undefined => objectAt(root['constraints'])['max_duration']

/** The schema has accepted it, so it has the shape that was generated from the schema. */
const isPlanDocument = (value: unknown): value is PlanDocument => isAccepted(value)
