import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', 'runs/**'],
    setupFiles: ['vitest.setup.ts'],
    testTimeout: 60_000,
    // The default leaves one core free, which of two is half.
    maxWorkers: '100%',
  },
})
