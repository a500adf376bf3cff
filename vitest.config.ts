import { defineConfig } from 'vitest/config'

const slow = ['e2e', 'simulation', 'language', 'proof'].map((folder) => `test/${folder}/**/*.test.ts`)

export default defineConfig({
  test: {
    // Many tests wait for processes and sockets: three workers keep two cores busy.
    maxWorkers: 3,
    // Of tests that say they are concurrent: those of the language suite mostly wait for their processes.
    maxConcurrency: 8,
    projects: [
      { test: { name: 'fast', include: ['test/**/*.test.ts'], exclude: slow, testTimeout: 20_000 } },
      // The same promises, kept by the launcher that starts steps where orchd was built without a C compiler.
      {
        test: {
          name: 'perl',
          include: ['test/agents/**/*.test.ts'],
          testTimeout: 20_000,
          env: { ORCHD_LAUNCHER: 'perl' },
        },
      },
      // End-to-end tests run the built program and real processes: one file at a time, so that they do not starve each other.
      { test: { name: 'slow', include: slow, testTimeout: 300_000, hookTimeout: 120_000, fileParallelism: false } },
    ],
  },
})
