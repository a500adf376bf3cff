import type { Command } from './detect/found.ts'
import { yamlText } from './yaml-text.ts'

/** `orchestrator_config.yaml`: what most projects set first, with what it is for. */
export function firstConfig(test: Command | null, schema: string): string {
  return `# yaml-language-server: $schema=${schema}
# Settings of this project. Everything is optional; environment variables win. \`orchd doctor\` shows what holds.

# The most steps that run at once, over all runs (MAX_PARALLEL_AGENTS).
max_parallel_agents: 4

${testLines(test)}

# Names of environment variables that no log may show, and that only steps get which ask for them. Names such as
# NPM_TOKEN or DB_PASSWORD are known by themselves.
secrets: []

# Where plans can be dropped while \`orchd daemon\` runs.
inbox: inbox

# Where traces go (OTLP over HTTP).
# telemetry: { endpoint: "http://localhost:4318" }
`
}

const testLines = (test: Command | null): string =>
  test === null
    ? '# How the project is tested.\n# test_command: make test'
    : `# How the project is tested: from ${test.why}.\ntest_command: ${yamlText(test.run)}`
