import type { PlanOptions } from '../options.ts'
import type { Around } from './in-context.ts'
import { objectAt } from './outline.ts'
import type { CheckContext } from './steps.ts'

const path = ['constraints', 'require_tests']

/** Reports `require_tests` where there is no command to run, or where it would never be run. */
export function checkRequiredTests(context: CheckContext, options: PlanOptions, { isRoot }: Around): void {
  const { outline, document, report } = context
  const wish = objectAt(outline.root['constraints'])['require_tests']
  if (wish === undefined || wish === false) return
  if (!isRoot) {
    const message = '"require_tests" has no effect here: the result is tested when the plan that is run is over'
    const help = 'it counts when this plan is run by itself; give the plan around it the constraint, or add a step'
    report('KEY_WITHOUT_EFFECT', document.keySpan(path), message, { severity: 'warning', help })
  } else if (wish === true && options.testCommand === null && options.simulate !== 'all') {
    const message = '"require_tests: true" runs the test_command of the configuration, and there is none'
    const help = 'write the command here, as in { run: npm test }, or set test_command in orchestrator_config.yaml'
    report('TEST_COMMAND_MISSING', document.valueSpan(path), message, { help })
  }
}
