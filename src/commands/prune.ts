import { EXIT, ImgjobError } from '../errors.ts';
import { print } from '../files/print.ts';
import { claimJob } from '../state/claim.ts';
import { readJobList } from '../state/job-list.ts';
import { readKeptJobState } from '../state/kept-job.ts';
import { sweepLeftovers } from '../state/leftovers.ts';
import { locateState, type State } from '../state/locate.ts';
import { removeJob } from '../state/state-folder.ts';
import { log } from '../terminal/log.ts';
import { formatCounted } from '../terminal/numbers.ts';

export type PruneOptions = {
  stateDir?: string;
  /** Milliseconds since a job has finished. */
  olderThan: number;
  dryRun: boolean;
};

/**
 * `imgjob prune --older-than AGE`: removes jobs that have finished so long ago
 * and prints their ids; with `dryRun` it only prints them.
 */
export async function prune(options: PruneOptions): Promise<number> {
  const state = locateState(options.stateDir, process.env);
  const before = Date.now() - options.olderThan;
  let count = 0;
  for (const { jobState } of await readJobList(state.folder, log)) {
    if (!finishedBefore(jobState, before)) continue;
    if (!options.dryRun && !(await pruneJob(state, jobState.job_id, before))) continue;
    await print(`${jobState.job_id}\n`);
    count += 1;
  }
  if (!options.dryRun) await sweepLeftovers(state.folder);
  const done = options.dryRun ? 'would be removed' : 'removed';
  process.stderr.write(`${formatCounted(count, 'job')} ${done}\n`);
  return EXIT.ok;
}

/** Whether it was removed: it may have been started again since it was listed. */
async function pruneJob(state: State, job_id: string, before: number): Promise<boolean> {
  const claim = await claimJob(state, job_id).catch((error: unknown) => {
    if (error instanceof ImgjobError && error.code === 'job-running') return null;
    throw error;
  });
  if (!claim) return false;
  try {
    const jobState = claim.files && (await readKeptJobState(claim.files));
    if (!claim.files || !jobState || !finishedBefore(jobState, before)) return false;
    await removeJob(state.folder, claim.files);
    return true;
  } finally {
    claim.lock.release();
  }
}

function finishedBefore(
  { times }: { times(): { finished_at: string | null } },
  before: number,
): boolean {
  const { finished_at } = times();
  return finished_at !== null && Date.parse(finished_at) < before;
}
