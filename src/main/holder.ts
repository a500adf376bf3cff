import { homedir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../agents/find-program.ts'
import { createCli } from '../agents/cli.ts'
import { createLogReader } from '../agents/log.ts'
import { createShell } from '../agents/shell.ts'
import { createSimulated } from '../agents/simulated.ts'
import { createVerify } from '../agents/verify/verify.ts'
import { type Config, configFileName } from '../config/config.ts'
import { secretsNamed, splitSecrets } from '../config/secrets.ts'
import { createClock } from '../engine/clock.ts'
import { crashBehind, crashInGit, withAmnesia, withCrashPoint } from '../engine/crash-points.ts'
import { EmbeddedEngine } from '../engine/engine.ts'
import { createHomes } from '../engine/homes.ts'
import type { Collector } from '../engine/gc/collect.ts'
import type { Recovered } from '../engine/recovery.ts'
import { createJournal } from '../engine/sqlite/journal.ts'
import { latestOfUnfinished } from '../engine/sqlite/latest.ts'
import { openDatabase } from '../engine/sqlite/open.ts'
import { secretInputsOf } from '../engine/secrets.ts'
import { createVault } from '../engine/vault.ts'
import type { StepId } from '../base/ids.ts'
import type { AgentReport, AgentsQuery } from '../ports/agents.ts'
import type { OpenedStep, StepDiff } from '../ports/client.ts'
import type { Clock } from '../ports/clock.ts'
import type { Journal } from '../ports/journal.ts'
import type { LogReader } from '../ports/logs.ts'
import type { OrchdError } from '../base/errors.ts'
import { err } from '../base/result.ts'
import type { Step } from '../plan/plan.ts'
import type { ReviewPolicy } from '../plan/review-policy.ts'
import type { AgentAdapter } from '../ports/agent.ts'
import type { Simulate } from '../run/event.ts'
import type { RunState } from '../run/state.ts'
import { createDueReports } from '../report/due.ts'
import { createReports, type Reports } from '../report/report-files.ts'
import { createReviewer } from '../review/reviewer.ts'
import { createSandbox } from '../sandbox/sandbox.ts'
import { pullRequestTexts } from '../report/pull-request.ts'
import { asksForPullRequest, pullRequestBaseOf } from '../plan/implicit.ts'
import { createRedactor } from '../base/redact.ts'
import { createWorkspaces } from '../workspace/adapter.ts'
import { resolveContext } from '../workspace/resolve.ts'
import { traceIdOf, traceparentOf, traceUrlOf } from '../telemetry/ids.ts'
import { cliAgentNamed } from './agents.ts'
import { createAgents } from './agents-by-name.ts'
import { agentReports, type AgentsSource } from './agent-reports.ts'
import { createVersions } from './agent-version.ts'
import { collectorOf } from './collector.ts'
import { credentialText } from './credential-mark.ts'
import { diskWatermark } from './disk.ts'
import { approvalCheckWith, diffWith, reviewWith } from './review.ts'
import { createHealthChecks, healthChecksOf, needsAgent } from './health.ts'
import { keepSessionWith, openStepWith } from './open-step.ts'
import { openTracesUrl } from './open-traces.ts'
import { createRoster } from './roster.ts'
import { letGo, sayWhoHolds } from './who-holds.ts'

export type HolderOptions = {
  readonly projectFolder: string
  readonly stateFolder: string
  readonly config: Config
  readonly version: string
  /** Only to look: nothing is taken up or started. */
  readonly readOnly: boolean
  readonly env: { readonly [name: string]: string | undefined }
  /** Trouble that nobody waits for, for the log. */
  readonly warn: (error: OrchdError) => void
}

/** The parts of a process that holds a state folder; `close` drains and lets go of it. */
export type Holder = {
  readonly engine: EmbeddedEngine
  /** What an earlier holder left. */
  readonly recovered: Recovered
  readonly journal: Journal
  readonly clock: Clock
  readonly readLog: LogReader
  /** The values of a run's secret inputs, for whoever reads its logs: they must not be shown. */
  readonly secretInputsOf: (run: RunState) => readonly string[]
  /** Writes the reports of runs. */
  readonly reports: Reports
  readonly collector: Collector
  /** The agents, and how things stand with each. @throws OrchdError USAGE for a name that no agent has */
  readonly agents: (query: AgentsQuery, signal: AbortSignal) => Promise<readonly AgentReport[]>
  /** What a step of a run changes, or the run as a whole (`null`), as people look at it. */
  readonly diff: (run: RunState, step: StepId | null) => Promise<StepDiff>
  readonly open: (run: RunState, step: StepId) => Promise<OpenedStep>
  /** Other rules from now on, for changes and for approvals that are still to come. */
  readonly setReviewPolicy: (policy: ReviewPolicy) => void
  readonly secretValues: readonly string[]
  readonly close: () => Promise<void>
}

/**
 * Takes the state folder and takes up what an earlier holder left.
 *
 * @throws OrchdError STATE_BUSY when somebody else is the holder
 */
export async function startHolder(options: HolderOptions): Promise<Holder> {
  const { stateFolder, config, env, warn } = options
  const database = openDatabase(stateFolder)
  try {
    sayWhoHolds(stateFolder)
    const secrets = splitSecrets(env, config)
    const { baseEnv, secretValues } = secrets
    const clock = createClock(latestOfUnfinished(database))
    const crash = env['ORCHD_TEST_CRASH']
    const journal = withCrashPoint(createJournal(database), database, crash)
    const sandbox = createSandbox({
      stateFolder,
      inbox: config.inbox,
      configFile: join(options.projectFolder, configFileName),
      baseEnv,
      find: (name) => findProgram(name, baseEnv['PATH']),
      home: homedir(),
    })
    const shell = withAmnesia(createShell({ stateFolder, baseEnv, secretValues, sandbox, ...launcherOf(env) }), crash)
    const agents = createAgents({
      simulated: createSimulated({ secretValues }),
      cli: createCli({
        stateFolder,
        baseEnv,
        secretValues,
        sandbox,
        ...launcherOf(env),
        tracesUrl: openTracesUrl(config.telemetry),
        agentNamed: (name) => {
          const agent = cliAgentNamed(name, config, env)
          return agent.ok ? agent : err(`${agent.error.message}; ${agent.error.help}`)
        },
      }),
      isSimulated: (name) => (config.agents.get(name)?.type ?? name) === 'simulated',
    })
    const verified = createVerify({
      agents,
      shell,
      stateFolder,
      baseEnv,
      agentNamed: (name) => {
        const agent = cliAgentNamed(name, config, env)
        return agent.ok ? agent.value : null
      },
      secretValues,
      now: () => clock.now(),
    })
    const workerFor = (simulate: Simulate, { body, verify }: Step): AgentAdapter => {
      if (body.kind === 'run' && simulate !== 'all') return shell
      return verify === undefined || simulate !== 'none' ? agents : verified
    }
    let reviewPolicy = config.review
    const reviewer = createReviewer({ secretValues, path: baseEnv['PATH'] })
    const workspaces = createWorkspaces({
      stateFolder,
      innerFor: ({ simulate, spec }) => workerFor(simulate, spec),
      review: reviewWith(reviewer, () => reviewPolicy),
      writesOutside: config.writesOutside,
      pullRequests: {
        token: () => env['GITHUB_TOKEN'] || null,
        textsOf: ({ runId }) => pullRequestTexts(engine.get(runId), createRedactor(secretValues)),
      },
      now: () => clock.now(),
      watch: crashInGit(crash),
    })
    const vault = createVault(stateFolder)
    const reports = createReports({
      due: createDueReports(join(stateFolder, 'reports-due')),
      behind: crashBehind('report', crash),
      now: () => clock.now(),
      orchdVersion: options.version,
      eventsOf: (id) => journal.eventsOf(id, 0),
      traceOf: (id) => ({ trace_id: traceIdOf(id), url: traceUrlOf(config.telemetry.jaegerUrl, id) }),
      secretValues,
      secretInputsOf: (run) => secretInputsOf(vault, run),
      warn,
    })
    const health = createHealthChecks({
      checks: healthChecksOf(config),
      env,
      baseEnv,
      isNeeded: (name) => engine.unfinished().some((run) => needsAgent(run, name)),
      changed: () => engine.setLimit(engine.limit),
      now: () => clock.now(),
    })
    const roster = createRoster({ config, env, seesKeys: true, now: () => clock.now(), healthOf: health.of })
    const engine: EmbeddedEngine = new EmbeddedEngine({
      stateFolder,
      journal,
      clock,
      limit: config.maxParallelAgents,
      adapterFor: (run, step) =>
        reports.before(run, run.context === undefined ? workerFor(run.simulate, step) : workspaces),
      expectReport: (id) => reports.expect(id),
      resolveContext: ({ plan, source }) =>
        resolveContext({
          context: plan.context ?? {},
          projectFolder: source.projectFolder,
          stateFolder,
          pullRequest: asksForPullRequest(plan)
            ? { github: config.github, hasToken: Boolean(env['GITHUB_TOKEN']), base: pullRequestBaseOf(plan) }
            : null,
          token: env['GITHUB_TOKEN'] ? { server: config.github.url, value: env['GITHUB_TOKEN'] } : null,
        }),
      vault,
      checkApproval: approvalCheckWith(
        reviewer,
        () => reviewPolicy,
        (run) => secretInputsOf(vault, run),
      ),
      secretsFor: (step) => secretsNamed(step.secrets, secrets),
      traceparentOf: ({ runId, step, attempt }) => traceparentOf(runId, step, attempt),
      roster,
      credentialMark: (credential) => vault.mark(credentialText(credential, roster().agents.values(), config, env)),
      dailyBudgetUsd: () => config.dailyBudgetUsd,
      mayStart: diskWatermark(stateFolder, config.diskLowBytes, clock),
      warn,
    })
    const collector = collectorOf({ stateFolder, config, database, journal, clock, engine, workspaces, crash })
    const opening = { stateFolder, config, secretValues, secretInputsOf: (run: RunState) => secretInputsOf(vault, run) }
    const homes = createHomes(stateFolder, keepSessionWith(opening))
    if (!options.readOnly) for (const one of [homes.observer, reports.observer]) engine.observe(one)
    engine.observe((batch) => {
      for (const { entry } of batch) {
        const { event, runId } = entry
        if (event.type === 'attempt_finished') workspaces.settled({ ...event, runId }, event.result)
      }
    })
    const recovered = options.readOnly ? nothingTakenUp(engine) : await engine.recover()
    if (!options.readOnly) {
      workspaces.sweep()
      homes.sweep(engine.unfinished(), (id) => engine.get(id))
      reports.catchUp((id) => engine.get(id))
      health.start()
    }
    const source: AgentsSource = {
      config,
      env,
      health,
      versions: createVersions(baseEnv),
      standing: () => engine.slots(),
    }
    return {
      recovered,
      agents: (query, signal) => agentReports(source, query, signal),
      engine,
      journal,
      clock,
      secretValues,
      readLog: createLogReader(secretValues),
      secretInputsOf: (run) => secretInputsOf(vault, run),
      reports,
      collector,
      diff: diffWith(reviewer, (run) => secretInputsOf(vault, run)),
      open: openStepWith(opening, workspaces),
      setReviewPolicy: (policy) => (reviewPolicy = policy),
      close: async () => {
        await health.close()
        await collector.close()
        await engine.drain()
        await homes.close()
        await verified.close()
        await workspaces.close()
        await reviewer.close()
        await Promise.all([shell.close(), agents.close()])
        letGo(database, journal, stateFolder)
      },
    }
  } catch (error) {
    database.close()
    throw error
  }
}

/** `ORCHD_LAUNCHER=perl`: the launcher in Perl, also where there is a compiled one. */
const launcherOf = (env: HolderOptions['env']): { readonly perl?: string } =>
  env['ORCHD_LAUNCHER'] === 'perl' ? { perl: 'perl' } : {}

function nothingTakenUp(engine: EmbeddedEngine): Recovered {
  engine.setLimit(0)
  return { runs: 0, adopted: 0, picked_up: 0, unclaimed: 0, lost: 0 }
}
