import type { RosterAgent } from '../../src/run/roster.ts'

/** An agent that is there and well, without limits. */
export const rosterAgent = (name: string, more: Partial<RosterAgent> = {}): RosterAgent => ({
  name,
  capabilities: [],
  isExperimental: false,
  closed: null,
  degraded: null,
  down: null,
  price: null,
  isChoosable: true,
  fileSystem: 'read_write',
  maxParallel: null,
  credential: name,
  ...more,
})
