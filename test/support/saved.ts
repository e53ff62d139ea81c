import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { keptJobs } from './kept.ts';
import { makePng } from './png.ts';
import type { setUpRuns } from './runs.ts';

export const SAVE = ['--save', 'kept'];

/** What runs with these options have kept, and what they say of it. */
export function savedBodies(runs: ReturnType<typeof setUpRuns>, kept: ReturnType<typeof keptJobs>) {
  const inKept = (file: string) => runs.workspace.path(join('kept', file));
  return {
    inKept,
    /** Names of all files that are there. */
    filesKept: () =>
      readdirSync(runs.workspace.path('kept'), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.\w+$/.test(name))
        .sort(),

    /** The files that the results of a job name, which must hold the images that they are results of. */
    filesOfResults(name = 'out.json', folder = ''): (string | null)[] {
      const images = kept.readOutput(name).stores.flatMap((store) => store.images);
      for (const { file, width, height, status } of images) {
        if (file === null) continue;
        expect(status).toBe('completed');
        const body = readFileSync(inKept(join(folder, file)));
        expect(body, file).toEqual(makePng(width ?? 0, height ?? 0));
      }
      return images.map(({ file }) => file);
    },

    /** `imgjob resume job`, and what it asked for. */
    async resume(...args: string[]) {
      runs.server.requests.length = 0;
      const end = await kept.imgjob(['resume', 'job', '-o', 'out.json', ...args]);
      return { ...end, asked: kept.requested().sort() };
    },
  };
}
