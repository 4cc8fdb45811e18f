import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more workers than that only make tests with real processes wait for each other.
    maxWorkers: 2,
    pool: 'forks',
    globalSetup: ['test/support/build.ts'],
  },
});
