import { defineConfig } from 'vitest/config'

const filesOf = (folders: readonly string[]): string[] => folders.map((folder) => `test/${folder}/**/*.test.ts`)
const slow = filesOf(['e2e', 'simulation', 'language', 'proof'])
// They hold limits of time, fill disks or use up what all share: nothing else may run beside them.
const alone = [
  ...filesOf(['proof']),
  ...['demos-alone', 'disk', 'service', 'tracing-process', 'tracing-trouble'].map((name) => `test/e2e/${name}.test.ts`),
]

export default defineConfig({
  test: {
    // Many tests wait for processes and sockets: three workers keep two cores busy.
    maxWorkers: 3,
    // Of tests that say they are concurrent: those of the language suite mostly wait for their processes.
    maxConcurrency: 8,
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: slow,
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      // The same promises, kept by the launcher that starts steps where orchd was built without a C compiler.
      {
        test: {
          name: 'perl',
          include: ['test/agents/**/*.test.ts'],
          testTimeout: 20_000,
          env: { ORCHD_LAUNCHER: 'perl' },
          sequence: { groupOrder: 0 },
        },
      },
      // End-to-end tests run the built program and real processes, and mostly wait for them.
      {
        test: {
          name: 'pairs',
          include: slow,
          exclude: alone,
          testTimeout: 300_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'slow',
          include: alone,
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
