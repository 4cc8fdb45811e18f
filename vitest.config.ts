import { defineConfig } from 'vitest/config';

/**
 * All randomized tests have one seed: that of SSQL_SEED; else another one whenever more cases are asked for (`npm run fuzz`),
 * and always the same otherwise.
 */
const seed =
  process.env['SSQL_SEED'] ?? (process.env['SSQL_FUZZ'] === undefined ? '1' : String(Date.now() % 1_000_000_000));
console.log(`SSQL_SEED=${seed}`);

export default defineConfig({
  test: {
    env: { SSQL_SEED: seed },
    setupFiles: ['test/support/seed.ts'],
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more workers than that only make tests with real processes wait for each other.
    maxWorkers: 2,
    pool: 'forks',
    globalSetup: ['test/support/build.ts'],
  },
});
