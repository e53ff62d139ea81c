import { ImgjobError } from '../errors.ts';
import { JOB_ID, JOB_ID_RULE } from '../job-id.ts';
import { excerpt } from '../terminal/prose.ts';
import type { ManifestOptions } from './options.ts';

/** Throws a usage error when the id that was asked for is not a job id. */
export function checkJobId(job_id: string): void {
  if (JOB_ID.test(job_id)) return;
  throw new ImgjobError('usage', `"${excerpt(job_id, 80)}" is not a job id`, {
    hint: `a job id is ${JOB_ID_RULE}`,
  });
}

/** The id of a job: the one asked for, else the manifest's own, else a made-up one. */
export function chooseJobId(own: string | undefined, options: ManifestOptions): string {
  return options.job_id ?? own ?? makeJobId(options);
}

/** `20260301-093000-k3f9`: sorts by time (UTC); the tail keeps jobs of one second apart. */
function makeJobId({ now, random }: ManifestOptions): string {
  const [date = '', time = ''] = new Date(now()).toISOString().split(/[T.]/);
  const tail = Math.floor(random() * 36 ** 4).toString(36);
  return `${date.replaceAll('-', '')}-${time.replaceAll(':', '')}-${tail.padStart(4, '0')}`;
}
