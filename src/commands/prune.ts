import { basename } from 'node:path';
import { EXIT, isOf } from '../errors.ts';
import { print } from '../files/print.ts';
import { type Claim, claimJob } from '../state/claim.ts';
import { readJobList } from '../state/job-list.ts';
import { readKeptJobState } from '../state/kept-job.ts';
import { hasLeftovers, sweepLeftovers } from '../state/leftovers.ts';
import { locateState, type State } from '../state/locate.ts';
import { listJobs, removeJob } from '../state/state-folder.ts';
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
  if (!options.dryRun) await sweep(state);
  const done = options.dryRun ? 'would be removed' : 'removed';
  process.stderr.write(`${formatCounted(count, 'job')} ${done}\n`);
  return EXIT.ok;
}

/** Removes what killed processes have left, of any job: those that were never started too. */
async function sweep(state: State): Promise<void> {
  await sweepLeftovers(state.folder);
  for (const files of await listJobs(state.folder)) {
    if (!(await hasLeftovers(files))) continue;
    const claim = await claimFree(state, basename(files.folder));
    if (!claim) continue;
    try {
      if (claim.files && (await hasLeftovers(claim.files))) {
        await removeJob(state.folder, claim.files);
      }
    } finally {
      claim.lock.release();
    }
  }
}

/** Null where another process has it. */
function claimFree(state: State, job_id: string): Promise<Claim | null> {
  return claimJob(state, job_id).catch((error: unknown) => {
    if (isOf(error, 'job-running')) return null;
    throw error;
  });
}

/** Whether it was removed: it may have been started again since it was listed. */
async function pruneJob(state: State, job_id: string, before: number): Promise<boolean> {
  const claim = await claimFree(state, job_id);
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
