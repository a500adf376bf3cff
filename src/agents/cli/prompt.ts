import type { Attempt } from '../../ports/agent.ts'

/** The prompt of an attempt as the agent gets it. */
export const promptOf = ({ prompt }: Attempt): string => prompt ?? ''
