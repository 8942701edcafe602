import { defineConfig } from 'vitest/config'

const project = (name: string, extra: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], ...extra },
})

export default defineConfig({
  test: {
    projects: [
      project('unit'),
      // Real databases, real queues, real sockets: slower to start, so they get more time and fewer at once.
      project('contract', { testTimeout: 60_000, hookTimeout: 60_000 }),
      project('e2e', { testTimeout: 180_000, hookTimeout: 120_000 }),
    ],
  },
})
