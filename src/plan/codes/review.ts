import { type Code, planExample } from './code.ts'

/** Mistakes in what a plan says of the gate on changes. */
export const reviewCodes = {
  REVIEW_LOOSENED: {
    title: 'A plan that would loosen the review of changes',
    explanation:
      'What `review` says in orchestrator_config.yaml, or by default, holds for every plan: a plan can only tighten it, and a step can only tighten what its plan says. So nobody gets a change past the gate by writing a plan. Leave the key out, or change the configuration.',
    example: planExample(
      `
      name: example
      context: {}
      review: { secrets: require_human }
      steps:
        - id: build
          run: make`,
      `
      name: example
      context: {}
      review: { max_changed_files: 20 }
      steps:
        - id: build
          run: make`,
    ),
  },
} as const satisfies Record<string, Code>
