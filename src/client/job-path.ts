import { ImgjobError } from '../errors.ts';
import { JOB_ID } from '../job-id.ts';
import { excerpt } from '../terminal/prose.ts';

/** A path of a server on one of its jobs: `/api/v1/jobs/ID/results`. Throws `unknown-job` for what no job is called. */
export function jobPath(job_id: string, ...more: string[]): string {
  // `..` would lead elsewhere, also when it is encoded.
  if (JOB_ID.test(job_id)) return ['/api/v1/jobs', encodeURIComponent(job_id), ...more].join('/');
  throw new ImgjobError('unknown-job', `there is no job ${excerpt(job_id, 80)}`);
}
