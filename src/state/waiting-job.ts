import { ImgjobError } from '../errors.ts';
import { showText } from '../terminal/prose.ts';
import { type LockHolder, readHolder } from './lock-file.ts';
import type { ReadJobState } from './read-job-state.ts';
import { isOfServer, type JobFiles, serverLockPath } from './state-folder.ts';

/** What a journal says has stopped a job that waits for its turn on a server. */
export const QUEUED = 'queued';

/** The server on which a job waits for its turn; null where it does not wait, or no server lives that would run it. */
export async function readServerOf(
  state: string,
  files: JobFiles,
  { status, stopped_by }: Pick<ReadJobState, 'status' | 'stopped_by'>,
): Promise<LockHolder | null> {
  const waits = status() === 'ongoing' && stopped_by() === QUEUED && isOfServer(files);
  return waits ? readHolder(serverLockPath(state)) : null;
}

/** Throws `job-running` for a job that waits on a server, which would have it taken away. */
export async function refuseWaiting(state: string, files: JobFiles): Promise<void> {
  // Most are of no server, and to read a journal takes much that they can do without.
  if (!isOfServer(files)) return;
  const { readKeptJobState } = await import('./kept-job.ts');
  const jobState = await readKeptJobState(files).catch(() => null);
  const server = jobState && (await readServerOf(state, files, jobState));
  if (!server) return;
  const { job_id } = jobState;
  const by = `pid ${server.pid} on ${showText(server.host)}`;
  throw new ImgjobError('job-running', `the job ${job_id} waits for its turn on a server: ${by}`, {
    hint: `Cancel it there first: on its page, by the command cancel, or by POST /api/v1/jobs/${job_id}/cancel.`,
  });
}
