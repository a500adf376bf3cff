import { cliPage } from './cli-page.ts'
import { diagnosticsPage } from './diagnostics-page.ts'
import { errorsPage } from './errors-page.ts'
import { keyOrderSource } from './key-order.ts'
import { languagePage } from './language-page.ts'
import { reportSchema } from './report-schema.ts'
import { rulesPage } from './rules-page.ts'
import { documentTypeSource } from './types.ts'
import { validatorSource } from './validator.ts'

const planSchema = 'schemas/plan.schema.json'
const requestSchema = 'schemas/request.schema.json'
const responseSchema = 'schemas/response.schema.json'
const configSchema = 'schemas/config.schema.json'

/** Every generated file with its text, by its path from the project's root. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['src/plan/generated/validate-plan.ts', validatorSource(planSchema, 'validatePlan')],
    ['src/plan/generated/plan-document.ts', documentTypeSource(planSchema, 'PlanDocument')],
    ['src/plan/generated/key-order.ts', keyOrderSource(planSchema)],
    ['src/plan/generated/validate-request.ts', validatorSource(requestSchema, 'validateRequest')],
    ['src/plan/generated/request-document.ts', documentTypeSource(requestSchema, 'RequestDocument')],
    ['src/config/generated/validate-config.ts', validatorSource(configSchema, 'validateConfig')],
    ['schemas/report.schema.json', reportSchema(responseSchema)],
    ['docs/cli.md', cliPage()],
    ['docs/diagnostics.md', diagnosticsPage()],
    ['docs/errors.md', errorsPage()],
    ['docs/plan-language.md', languagePage(planSchema)],
    ['docs/rules.md', rulesPage(planSchema)],
  ])
}
