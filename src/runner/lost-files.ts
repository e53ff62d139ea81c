import { firstLost } from '../job/lost-results.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { KeptJob } from '../state/kept-job.ts';

/**
 * Whether a job has kept files that are not there any more, or not whole: then
 * there is something left to do, also where it has ended.
 */
export async function hasLostFiles(
  { manifest, reducer, results }: Pick<KeptJob, 'manifest' | 'reducer' | 'results'>,
  { save }: Pick<JobOptions, 'save'>,
): Promise<boolean> {
  if (save === null) return false;
  const { createBodyCheck } = await import('../save/whole-body.ts');
  const isWhole = createBodyCheck(save);
  for (let position = 0; position < manifest.store_count; position += 1) {
    if (!reducer.hasEnded(position)) continue;
    if ((await firstLost(await results.read(position), isWhole)) !== null) return true;
  }
  return false;
}

/** Says of a job that has ended why it goes on. */
export const FETCHES_LOST =
  'has ended, but some saved files are missing or damaged: they are fetched again';
