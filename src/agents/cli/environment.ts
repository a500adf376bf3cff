type Variables = { readonly [name: string]: string }

/** What any program needs to know of the person and the machine. */
const general =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|XDG_[A-Z_]+|CI|SSL_CERT_(?:FILE|DIR)|NODE_EXTRA_CA_CERTS|(?:https?|no|all)_proxy)$/i

/** Of that, what belongs to the person's home folder or is said of a sandbox by itself. */
const ofPerson = /^(?:HOME|SHELL|TMPDIR|XDG_[A-Z_]+)$/
const proxies = /^(?:https?|no|all)_proxy$/i
const certificates = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS']

/** Settings of the agents themselves. Not: what one of them tells the processes that it started, such as CLAUDECODE. */
const ofAgents =
  /^(?:ANTHROPIC_(?:BASE_URL|MODEL|SMALL_FAST_MODEL|CUSTOM_HEADERS|BEDROCK_BASE_URL|VERTEX_PROJECT_ID)|CLAUDE_CODE_(?:MAX_RETRIES|MAX_OUTPUT_TOKENS|USE_BEDROCK|USE_VERTEX|USE_FOUNDRY)|API_TIMEOUT_MS|AWS_(?:REGION|DEFAULT_REGION|PROFILE)|CLOUD_ML_REGION|OPENAI_(?:ORGANIZATION|PROJECT))$/

/** What an agent gets of the holder's environment: an agent runs what a model thinks of, so it is told no more than it needs. */
export const agentEnvironment = (env: Variables): Variables =>
  Object.fromEntries(Object.entries(env).filter(([name]) => general.test(name) || ofAgents.test(name)))

/** Of that what it gets in a sandbox: the person's proxies only when the machine's network is its own. */
export const confinedAgentEnvironment = (env: Variables, sharesNetwork: boolean): Variables =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => !ofPerson.test(name) && (sharesNetwork || !proxies.test(name))),
  )

/** Files and folders that such an environment names. */
export const filesNamedIn = (env: { readonly [name: string]: string | null }): readonly string[] =>
  certificates.flatMap((name) => env[name] ?? [])
