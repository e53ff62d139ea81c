import { readFileSync } from 'node:fs';
import type { keptJobs } from './kept.ts';
import type { setUpRuns } from './runs.ts';

type Runs = ReturnType<typeof setUpRuns>;
type Kept = ReturnType<typeof keptJobs>;

/** In a module: lets others go on. */
export const PAUSE = 'await new Promise((done) => setTimeout(done, 50));';

/** What tests of `--work` share: a module, a job of good images, and what came out. */
export function setUpWork(runs: Runs, kept: Kept) {
  return {
    /** Writes a module, and a job of so many stores of so many images. */
    write(module: string, stores = 3, images = 2): void {
      runs.workspace.write('work.mjs', module);
      runs.workspace.write('m.json', {
        job_id: 'spring-audit',
        stores: Array.from({ length: stores }, (_, index) => ({
          store_id: `S${index + 1}`,
          images: Array.from({ length: images }, (__, image) => runs.at(`/png/${image + 1}x1`)),
        })),
      });
    },
    run: (...args: string[]) =>
      kept.imgjob(['run', 'm.json', '-o', 'out.json', '--work', 'work.mjs', ...args]),
    outputs: () =>
      kept.readOutput().stores.flatMap(({ images }) => images.map(({ output }) => output)),
    /** A path in the test's folder, as a module writes it. */
    pathOf: (name: string) => JSON.stringify(runs.workspace.path(name)),
    linesOf: (name: string) =>
      readFileSync(runs.workspace.path(name), 'utf8').trimEnd().split('\n'),
  };
}
