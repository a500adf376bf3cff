/**
 * The closed catalogue of our own errors: HTTP status, exit code, and what to do, beside each code.
 * `docs/errors.md` lists the same codes; a test keeps the two equal.
 */
export const errorCatalogue = {
  USAGE: { status: 400, exit: 2, help: 'see orchd --help' },
  PLAN_INVALID: { status: 422, exit: 2, help: 'mend the diagnostics above; orchd explain CODE tells more about one' },
  CONTEXT_UNUSABLE: { status: 422, exit: 2, help: 'mend the plan\'s "context", or remove it' },
  CONFIG_INVALID: {
    status: 500,
    exit: 2,
    help: 'mend it where the line says: the file, or the environment; orchd doctor shows what is read from where',
  },
  FILE_UNREADABLE: { status: 400, exit: 2, help: 'check the path and its permissions' },
  FILE_EXISTS: { status: 409, exit: 2, help: 'choose another name, or add --force to overwrite it' },
  FILE_UNWRITABLE: { status: 500, exit: 2, help: 'check the permissions of the file and its folder, and the space' },
  ROUTE_NOT_FOUND: { status: 404, exit: 2, help: 'docs/http.md lists the routes' },
  METHOD_NOT_ALLOWED: { status: 405, exit: 2, help: 'docs/http.md lists the routes' },
  RUN_NOT_FOUND: { status: 404, exit: 2, help: 'orchd ps lists the runs' },
  RUN_AMBIGUOUS: { status: 409, exit: 2, help: 'give more characters of the run id' },
  STEP_NOT_FOUND: { status: 404, exit: 2, help: 'orchd status RUN lists the steps' },
  CREDENTIAL_NOT_FOUND: { status: 404, exit: 2, help: 'orchd agents lists the agents and their credentials' },
  GATE_NOT_OPEN: { status: 409, exit: 2, help: 'orchd status RUN shows what the run waits for' },
  GATE_FORBIDDEN: {
    status: 403,
    exit: 2,
    help: 'ask one of the approvers; the configuration, the plan or the step names them',
  },
  GATE_STALE: { status: 409, exit: 2, help: 'look at the change as it is now: orchd review RUN STEP' },
  BUDGET_NONE: { status: 409, exit: 2, help: 'give the plan a budget in constraints.budget' },
  APPLY_REFUSED: {
    status: 409,
    exit: 1,
    help: 'commit or stash what you have, or merge the result branch; orchd diff RUN shows the change',
  },
  WORKSPACE_GONE: {
    status: 404,
    exit: 2,
    help: 'a step that ended with a change can be opened; orchd status RUN shows which do',
  },
  CHANGE_NOT_FOUND: { status: 404, exit: 2, help: 'orchd status RUN shows which steps changed something' },
  REVIEW_FAILED: { status: 500, exit: 1, help: 'git fsck in the repository tells what is wrong; then orchd retry RUN' },
  RUN_CANCELLING: { status: 409, exit: 2, help: 'wait until it has ended, then try again' },
  NOTHING_TO_RETRY: { status: 409, exit: 2, help: 'say where to begin: orchd retry RUN --from STEP' },
  RUN_FINISHED: {
    status: 409,
    exit: 2,
    help: 'orchd retry RUN has its steps run again; orchd run starts the plan anew',
  },
  STATE_BUSY: { status: 503, exit: 75, help: 'another orchd holds this state folder; stop it, or use --state DIR' },
  STATE_UNSAFE: { status: 500, exit: 75, help: 'use a folder of your own on a writable disk, or --state DIR' },
  STATE_NEWER: { status: 500, exit: 75, help: 'the state folder was written by a newer orchd; upgrade this one' },
  STATE_CORRUPT: { status: 500, exit: 75, help: 'restore .orchd from a backup, or move it aside to begin anew' },
  HOLDER_UNREACHABLE: { status: 503, exit: 75, help: 'orchd doctor shows who holds the state folder' },
  HOLDER_VERSION: { status: 409, exit: 75, help: 'run the same version of orchd as the daemon, or restart the daemon' },
  STREAMS_FULL: { status: 503, exit: 75, help: 'end some of the commands that follow runs or logs, and try again' },
  DRAINING: { status: 503, exit: 75, help: 'the daemon is stopping; try again when it is back' },
  DISK_FULL: { status: 507, exit: 75, help: 'free some disk space; orchd goes on by itself' },
  LAUNCHER_MISSING: {
    status: 500,
    exit: 75,
    help: 'install perl (Debian: apt-get install perl-base); orchd starts steps with it',
  },
  SIZE_LIMIT: { status: 413, exit: 2, help: 'make it smaller; docs/plan-language.md lists the limits' },
  MEDIA_TYPE: { status: 415, exit: 2, help: 'say what the body is: content-type: application/json' },
  GC_RUNNING: { status: 409, exit: 75, help: 'wait until that is done' },
  TRACING_OFF: {
    status: 409,
    exit: 2,
    help: 'set OTEL_EXPORTER_OTLP_ENDPOINT, or telemetry.endpoint in orchestrator_config.yaml',
  },
  COLLECTOR_UNREACHABLE: {
    status: 502,
    exit: 1,
    help: 'start the collector, or check telemetry.endpoint; then try again',
  },
  INTERNAL: { status: 500, exit: 1, help: 'this is a bug in orchd: please report it with the output of orchd doctor' },
} as const satisfies Record<string, { status: number; exit: number; help: string }>

export type ErrorCode = keyof typeof errorCatalogue

/** An error of ours, or a fatal one. Expected mistakes of users are diagnostics; failures of the world are values. */
export class OrchdError extends Error {
  readonly code: ErrorCode
  /** What to do next; by default the catalogue's advice for the code. */
  readonly help: string
  /** The key of the plan that it is about, as a path: `['context', 'base']`; `null`: none in particular. */
  readonly at: readonly string[] | null

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; help?: string; at?: readonly string[] } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'OrchdError'
    this.code = code
    this.help = options.help ?? errorCatalogue[code].help
    this.at = options.at ?? null
  }
}
