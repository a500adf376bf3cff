/**
 * The file of a driver, a program of ours that speaks a two-way protocol for one attempt: beside the rooms of the agents,
 * as source or built, as this module is.
 *
 * @param agent the folder in `src/agents/` that has a `driver.ts`
 */
export const driverFile = (agent: string): string =>
  import.meta.filename.replace(/driver\/program(\.[jt]s)$/, `${agent}/driver$1`)
