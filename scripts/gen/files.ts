import { documentTypeSource } from './types.ts'
import { validatorSource } from './validator.ts'

/** Every generated file with its text, by its path from the project's root. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    [
      'src/plan/generated/validate-plan.ts',
      validatorSource('schemas/plan.schema.json', 'validatePlan', 'Used by src/plan/parse.ts.'),
    ],
    ['src/plan/generated/plan-document.ts', await documentTypeSource('schemas/plan.schema.json', 'PlanDocument')],
  ])
}
