import type { Check } from './check.ts'
import type { Facts } from './facts.ts'
import { folderChecks } from './folder-checks.ts'
import { machineChecks } from './machine-checks.ts'
import { settingChecks } from './setting-checks.ts'

/** What is well and what is not, with what to do about it: the machine first, then the folders, then the settings. */
export const diagnose = (facts: Facts): readonly Check[] => [
  ...machineChecks(facts),
  ...folderChecks(facts),
  ...settingChecks(facts),
]
