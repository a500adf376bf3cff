/** Where a key of the plan language is shown to do what it says: the title of a test, and its file. */
export type Cover = { readonly file: string; readonly title: string }

const language = (title: string): Cover => ({ file: 'test/e2e/language.test.ts', title })

const what = language('version, name and description say what the plan is, and the name is in the response')
const planEnv = language('env of the plan reaches every shell step, and the step’s own env wins')
const secrets = language('secrets are given to the steps that name them, and to no other')
const inputs = language('inputs are converted by their type, have defaults, and must fit enum and pattern')
const defaults = language('defaults hold for the steps that do not say otherwise')
const priority = language('max_parallel and priority decide which steps run at once and which go first')
const ends = language('finally runs after success and failure, and sees how the run went')
const prompt = language('prompt, prompt_file, agent and with are what the simulated agent works by')
const approval = language(
  'approval asks its prompt, and unanswered within its timeout it is rejected, with exit code 3',
)
const order = language('depends_on and needs keep the order, and hand outputs on')
const condition = language('when and if skip a step whose condition does not hold')
const limits = language('timeout and stall_timeout end an attempt that takes or is silent too long')
const retry = language('retry tries again as often, as late and after such causes as it says')
const without = language('isolation none and sandbox off are what a plan without git has anyway')
const step = language('id, name and description say what a step is')

/**
 * The test of each key that this build runs. A key stands for those below it, unless they have an entry of their own.
 * Keys that it does not run yet are not here: test/plan/coverage.test.ts proves that they are refused.
 */
export const covers: Readonly<Record<string, Cover>> = {
  version: what,
  name: what,
  description: what,
  priority,
  env: planEnv,
  secrets,
  inputs,
  defaults,
  'defaults.isolation': without,
  'defaults.sandbox': without,
  constraints: language('max_duration ends the run as a timeout, with exit code 5'),
  'constraints.max_parallel': priority,
  steps: order,
  finally: ends,
  outputs: language('outputs of the plan are in the response, with their types'),
  'steps.id': step,
  'steps.name': step,
  'steps.description': step,
  'steps.run': language('run is a shell script that fails with its first command, and hands outputs on'),
  'steps.prompt': prompt,
  'steps.prompt_file': prompt,
  'steps.with': prompt,
  'steps.agent': prompt,
  'steps.model': {
    file: 'test/agents/cli.test.ts',
    title: 'model and with become the words of its command line; what they may not be is said before it starts',
  },
  'steps.approval': approval,
  'steps.depends_on': order,
  'steps.needs': order,
  'steps.when': condition,
  'steps.if': condition,
  'steps.trigger_rule': language('trigger_rule decides by the outcomes of all dependencies'),
  'steps.env': planEnv,
  'steps.secrets': secrets,
  'steps.working_directory': language('working_directory is where a shell step starts'),
  'steps.timeout': limits,
  'steps.stall_timeout': limits,
  'steps.retry': retry,
  'steps.continue_on_error': language('continue_on_error forgives a failure, and still lists it'),
  'steps.output_schema': language('output_schema refuses outputs that do not fit'),
  'steps.isolation': without,
  'steps.sandbox': without,
  'steps.on_crash': { file: 'test/run/course.test.ts', title: 'waits for a person when the plan says ask' },
  'steps.orphan_timeout': {
    file: 'test/agents/adoption.test.ts',
    title: 'an attempt that nobody watches over is stopped in time, and says so to the next holder',
  },
  'steps.priority': priority,
}
