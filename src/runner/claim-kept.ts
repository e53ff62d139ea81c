import { ImgjobError } from '../errors.ts';
import { pathFromHere } from '../files/path-from-here.ts';
import type { Header } from '../options/header.ts';
import type { JobOptions } from '../options/job-options.ts';
import { claimJob } from '../state/claim.ts';
import { type KeptJob, readKeptJob } from '../state/kept-job.ts';
import { sweepLeftovers } from '../state/leftovers.ts';
import type { State } from '../state/locate.ts';
import { findJob } from '../state/state-folder.ts';
import { unknownJob } from '../state/unknown-job.ts';
import { type Log, logDamage, logRisks } from '../terminal/log.ts';
import { showText } from '../terminal/prose.ts';
import { headerWord, shellWord } from '../terminal/shell-word.ts';
import { FETCHES_LOST, hasLostFiles } from './lost-files.ts';
import type { ClaimedJob } from './open-job.ts';
import { resumingJob } from './resuming-job.ts';

/** Stands where the path of a module would in the options of a job whose work is a function of a program. */
export const FUNCTION_WORK = '(a function)';

export type ClaimKeptOptions = {
  /** Take the place of those the job had. */
  given: Partial<JobOptions>;
  headers: Header[];
  fsync: boolean;
  /** How long a job is waited for that another process runs. */
  wait_ms: number;
  /** Failed stores are done again, from their failed image on. */
  retry_failed: boolean;
  log: Log;
};

/**
 * Takes a job of the state folder, to go on with it under the options it had,
 * but for those that are given; of one that has ended nothing is fetched.
 * Throws `unknown-job`, `job-running`, and `usage` where something must be given again.
 */
export async function claimKept(
  state: State,
  job_id: string,
  { given, headers, fsync, wait_ms, retry_failed, log }: ClaimKeptOptions,
): Promise<ClaimedJob> {
  if (!(await findJob(state.folder, job_id))) throw await unknownJob(state, job_id, 'resume');
  const claim = await claimJob(state, job_id, { wait_ms, onWait: log });
  let kept: KeptJob | null = null;
  try {
    await sweepLeftovers(state.folder);
    kept = claim.files && (await readKeptJob(claim.files, { writable: true }));
    if (!kept) throw await unknownJob(state, job_id, 'resume');
    logDamage(kept.damaged, log);
    const options = Object.assign({ ...kept.options }, given);
    const hasEnded = whyNothing(kept, retry_failed);
    const lost = hasEnded !== null && (await hasLostFiles(kept, options));
    const nothingToDo = lost ? null : hasEnded;
    if (hasEnded) log(`${kept.reducer.job_id} ${lost ? FETCHES_LOST : hasEnded}`);
    // What is only needed to fetch must not keep the results from being written.
    if (!nothingToDo) refuseMissing(kept, { given, headers });
    logRisks(options, log);
    if (!nothingToDo) await logChanged(state, kept, options, log);
    const going = { options, headers, path: '-', fsync, retry_failed, fetches: !nothingToDo };
    return resumingJob(claim, kept, going);
  } catch (error) {
    await kept?.close();
    claim.lock.release();
    throw error;
  }
}

/** Of headers only the names are kept, of a function nothing: they must be given again. */
function refuseMissing(
  { options, reducer }: KeptJob,
  { given, headers }: Pick<ClaimKeptOptions, 'given' | 'headers'>,
): void {
  const { job_id } = reducer;
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const missing = options.headers.find((name) => !names.has(name.toLowerCase()));
  if (missing !== undefined) {
    throw new ImgjobError('usage', `${job_id} was started with the header ${missing}`, {
      hint: `Give it again, here from a variable: -H ${shellWord(headerWord(missing))}`,
    });
  }
  if (options.work !== FUNCTION_WORK || given.work !== undefined) return;
  throw new ImgjobError('usage', `the work of ${job_id} is a function of the program that ran it`, {
    hint: 'Go on with it there, or say what does the work: --work MODULE',
  });
}

/** A resume goes by the manifest as it was: who has corrected it must be told. */
async function logChanged(
  state: State,
  kept: KeptJob,
  options: JobOptions,
  log: Log,
): Promise<void> {
  const { correctedRun, hasManifestChanged } = await import('../state/corrected-run.ts');
  const { manifest_path, files, reducer } = kept;
  const job = { manifest_path, files, job_id: reducer.job_id };
  if (manifest_path === null || !(await hasManifestChanged(job))) return;
  const run = await correctedRun(state, job);
  if (!run) return;
  const name = showText(pathFromHere(manifest_path));
  log(
    `${name} has changed since the job began, and a resume goes by what it was then; to run it as it is now: ${run(options)}`,
  );
}

function whyNothing({ reducer }: KeptJob, retryFailed: boolean): string | null {
  const status = reducer.status();
  if (status === 'completed') return 'has completed: nothing is left to do';
  if (status === 'ongoing' || retryFailed) return null;
  return 'has ended: nothing is fetched (--retry-failed does failed stores again)';
}
