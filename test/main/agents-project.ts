import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '../../src/agents/find-program.ts'
import { loadConfig } from '../../src/config/load.ts'
import { cliAgentNamed } from '../../src/main/agents.ts'
import { checkPlan } from '../../src/main/plans.ts'
import { temporaryFolder } from '../config/project.ts'

/** A project with programs of these names on its PATH, which nobody starts. */
export function project(programs: readonly string[], settings = '', variables: Record<string, string> = {}) {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'orchestrator_config.yaml'), settings)
  mkdirSync(join(folder, 'bin'))
  for (const name of programs) {
    writeFileSync(join(folder, 'bin', name), '#!/bin/sh\n')
    chmodSync(join(folder, 'bin', name), 0o755)
  }
  // With it the sandbox of agents starts.
  symlinkSync(findProgram('bwrap', process.env['PATH']) ?? '/nowhere', join(folder, 'bin', 'bwrap'))
  const environment = (more: Record<string, string> = {}) => ({ PATH: join(folder, 'bin'), HOME: folder, ...more })
  const config = loadConfig({ projectFolder: folder, env: variables }).config
  const plan = (steps: string, env = {}, seesKeys = true) =>
    checkPlan({
      bytes: Buffer.from(`name: p\nsteps:\n${steps}`),
      file: 'plan.yaml',
      projectFolder: folder,
      config,
      env: environment(env),
      seesKeys,
      simulate: 'none',
      forRun: true,
      inputs: {},
    })
  return {
    folder,
    config,
    environment,
    agent: (name: string, env = {}) => cliAgentNamed(name, config, environment(env)),
    plan,
    problems: (steps: string, env = {}, seesKeys = true) =>
      plan(steps, env, seesKeys).diagnostics.map(({ code, line, column, message, help }) => ({
        code,
        at: `${line}:${column}`,
        message,
        help,
      })),
  }
}

/** A step of that agent, as a line of YAML. */
export const step = (agent: string, more = '') => `  - { id: a, agent: ${agent}, prompt: Do it.${more} }\n`
export const key = { ANTHROPIC_API_KEY: 'sk-ant-x' }
