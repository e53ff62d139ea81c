import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Only what hangs takes so long, also on a machine that is busy with other things. */
const LIMIT_MS = 120_000;

const ALL = 'test/**/*.test.ts';

/** What takes the processor for long: `npm run test:slow` alone runs them. */
const SLOW = [
  'test/commands/{diff-sides,explain-reasons,interference,reuse-interplay,reuse-work,save-reuse}.test.ts',
  'test/fleet/kill.test.ts',
  'test/html/browser-large.test.ts',
  'test/manifest/hostile{,-large}.test.ts',
  'test/results/schema-programs.test.ts',
];

/** What measures the processor time of its own process: nothing else may be there. */
const ALONE = [
  'test/measure/measure{,-bitmaps,-text}.test.ts',
  'test/plan/schedule.test.ts',
  'test/commands/budget.test.ts',
  ...SLOW,
];

/** What mostly starts programs: the longest files. */
const PROGRAMS = [
  'test/{api,client,commands,fleet,package,pages,serve}/**/*.test.ts',
  'test/html/browser*.test.ts',
];

/** What takes 10 s or more, most of it waiting: begun last, it would be alone at the end. */
const LONG = [
  ...['kill-operations', 'names', 'interference', 'signals', 'budget', 'scale', 'status-watch'],
  ...['work-python', 'many-kept', 'step-summary', 'cli', 'running-time', 'kill', 'prefetch'],
  ...['hostile', 'schema-programs', 'open-files', 'redis-lost', 'machines', 'policies', 'resume'],
  ...['workers', 'servers'],
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) =>
      LONG.includes(basename(moduleId, '.test.ts'));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

const left = process.env.SLOW === undefined ? SLOW : [];

/** Vitest begins them by their names: what is short comes last, so that all processors have work up to the end. */
const projects = [
  { name: 'alone', include: ALONE, exclude: left, isolate: true },
  // The others share a few processes, in which modules are loaded once: else that is a tenth of all time.
  { name: 'programs', include: PROGRAMS, exclude: [...left, ...ALONE], isolate: false },
  { name: 'rooms', include: [ALL], exclude: [...left, ...ALONE, ...PROGRAMS], isolate: false },
];

export default defineConfig({
  test: {
    globalSetup: 'test/support/build.ts',
    // More than there are cores: many a test waits for something.
    maxWorkers: availableParallelism() + 2,
    testTimeout: LIMIT_MS,
    hookTimeout: LIMIT_MS,
    teardownTimeout: LIMIT_MS,
    expect: { poll: { timeout: LIMIT_MS / 2 } },
    sequence: { sequencer: LongestFirst },
    projects: projects.map((test) => ({ extends: true, test })),
  },
});
