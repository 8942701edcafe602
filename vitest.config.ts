import { defineConfig } from 'vitest/config'

const project = (name: string, extra: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], ...extra },
})

export default defineConfig({
  test: {
    projects: [
      project('unit'),
      // Real databases, real queues, real sockets: slower to start, so they get more time. Many watch memory and
      // delays, so only two of them run at once.
      project('contract', {
        testTimeout: 60_000,
        hookTimeout: 60_000,
        maxWorkers: 2,
        sequence: { groupOrder: 1 },
      }),
      // These mostly wait for polls and rations, so three of them share a processor well.
      project('e2e', {
        testTimeout: 180_000,
        hookTimeout: 120_000,
        maxWorkers: 3,
        sequence: { groupOrder: 2 },
      }),
    ],
  },
})
