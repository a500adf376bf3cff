import { type AgentCapabilities, type ClientContext, methods, type NewSessionResponse } from '@agentclientprotocol/sdk'
import type { AcpTask } from './task.ts'

/** A setting of the task that the agent does not have, in words. */
export class UnknownSetting extends Error {}

/**
 * A session in the task's folder, new or gone on with, with the mode and the model of the task. What an agent that goes
 * on repeats of what was before comes as updates, until this resolves.
 *
 * @throws RequestError what the agent answers
 * @throws UnknownSetting
 */
export async function openSession(
  agent: ClientContext,
  task: AcpTask,
  capabilities: AgentCapabilities | undefined,
): Promise<string> {
  if (task.authMethod !== null) await agent.request(methods.agent.authenticate, { methodId: task.authMethod })
  const session = await begun(agent, task, capabilities)
  if (task.session === null) await setTitle(agent, session, capabilities)
  if (task.mode !== null) await setMode(agent, session, task.mode)
  if (task.model !== null) await setModel(agent, session, task.model)
  return session.sessionId
}

async function begun(
  agent: ClientContext,
  { session: sessionId, folder: cwd, meta }: AcpTask,
  capabilities: AgentCapabilities | undefined,
): Promise<NewSessionResponse> {
  const { session } = methods.agent
  const beside = meta === null ? {} : { _meta: meta }
  if (sessionId === null) return agent.request(session.new, { cwd, mcpServers: [], ...beside })
  const earlier = { sessionId, cwd, mcpServers: [], ...beside }
  if (capabilities?.sessionCapabilities?.resume) return { ...(await agent.request(session.resume, earlier)), sessionId }
  if (capabilities?.loadSession === true) return { ...(await agent.request(session.load, earlier)), sessionId }
  throw new UnknownSetting('it cannot go on in a session')
}

/** What a session is called, so that no model is asked for a title: who asks one seldom tells what that cost. */
const title = 'orchd'

/** Gives it a title, where the agent lets its client do that (a part of the protocol that is not stable yet). */
async function setTitle(
  agent: ClientContext,
  { sessionId }: NewSessionResponse,
  capabilities: AgentCapabilities | undefined,
): Promise<void> {
  const can: object = capabilities?.sessionCapabilities ?? {}
  // The work goes on without one.
  if ('title' in can && can.title) await agent.request('session/set_title', { sessionId, title }).catch(() => null)
}

async function setMode(agent: ClientContext, session: NewSessionResponse, mode: string): Promise<void> {
  const { sessionId, modes } = session
  const known = modes?.availableModes.map(({ id }) => id) ?? []
  if (known.includes(mode)) {
    await agent.request(methods.agent.session.setMode, { sessionId, modeId: mode })
    return
  }
  await choose(agent, session, 'mode', mode, known)
}

const setModel = (agent: ClientContext, session: NewSessionResponse, model: string): Promise<void> =>
  choose(agent, session, 'model', model, [])

/** Sets an option that the agent's session has, by the category of the option. */
async function choose(
  agent: ClientContext,
  { sessionId, configOptions }: NewSessionResponse,
  category: string,
  value: string,
  known: readonly string[],
): Promise<void> {
  const option = configOptions?.find(
    (one) => one.type === 'select' && (one.category === category || one.id === category),
  )
  const values =
    option?.type === 'select'
      ? option.options.flatMap((one) => ('options' in one ? one.options.map((inner) => inner.value) : [one.value]))
      : []
  if (option === undefined || !values.includes(value)) {
    const all = [...known, ...values]
    const choice = all.length === 0 ? `it lets nobody choose a ${category}` : `it has ${all.join(', ')}`
    throw new UnknownSetting(`it has no ${category} "${value}": ${choice}`)
  }
  await agent.request(methods.agent.session.setConfigOption, { sessionId, configId: option.id, value })
}
