import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Only what hangs takes so long, also on a machine that is busy with other things. */
const LIMIT_MS = 120_000;

/** What takes the processor for long, and what measures it: `npm run test:slow` alone runs them. */
const SLOW = [
  'test/commands/budget.test.ts',
  'test/manifest/hostile-large.test.ts',
  'test/fleet/kill.test.ts',
];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: process.env.SLOW === undefined ? SLOW : [],
    globalSetup: 'test/support/build.ts',
    // One more than there are cores: many a test waits for something.
    maxWorkers: availableParallelism() + 1,
    testTimeout: LIMIT_MS,
    hookTimeout: LIMIT_MS,
    teardownTimeout: LIMIT_MS,
    expect: { poll: { timeout: LIMIT_MS / 2 } },
  },
});
