import type { keptJobs } from './kept.ts';
import type { setUpRuns } from './runs.ts';

/** Stores by their names, each with the paths of its images. */
export type Stores = Record<string, string[]>;

/** A manifest of these stores; `S1'` is another store S1. */
export function manifestOf(stores: Stores, at: (path: string) => string, job_id = 'job') {
  const list = Object.entries(stores).map(([name, paths]) => ({
    store_id: name.replaceAll("'", ''),
    images: paths.map(at),
  }));
  return { job_id, stores: list };
}

export const BEFORE: Stores = {
  S1: ['/png/1x1', '/png/2x2', '/png/3x3'],
  S2: ['/png/4x4', '/status/404', '/png/5x5'],
  "S1'": ['/png/1x1', '/png/1x1'],
};

/** Runs of one job whose manifest changes in between. */
export function reuseRuns(runs: ReturnType<typeof setUpRuns>, kept: ReturnType<typeof keptJobs>) {
  return {
    /** Runs a job with these stores; answers what was asked for as well. */
    async runWith(stores: Stores, args: string[]) {
      const path = runs.workspace.write('m.json', manifestOf(stores, runs.at));
      runs.server.requests.length = 0;
      const result = await runs.run(['--retries', '0', '-o', 'out.json', ...args, path]);
      return { ...result, asked: kept.requested().sort() };
    },
    /** Statuses of the images of each store, a letter each. */
    statuses: () =>
      kept.readOutput().stores.map(({ images }) => images.map(({ status }) => status[0]).join('')),
  };
}
