import { join } from 'node:path';
import { ImgjobError, isOf, messageOf } from '../errors.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { ReadInput } from '../manifest/read-all.ts';
import { type Claim, claimJob } from '../state/claim.ts';
import { sweepLeftovers } from '../state/leftovers.ts';
import type { State } from '../state/locate.ts';
import type { ReadJobState } from '../state/read-job-state.ts';
import { type Log, logDamage } from '../terminal/log.ts';
import { FETCHES_LOST, hasLostFiles } from './lost-files.ts';
import { type ClaimedJob, type JobSettings, memoryJob } from './open-job.ts';
import { resumingJob } from './resuming-job.ts';
import type { ReuseBy } from './reuse.ts';
import { startingJob } from './starting-job.ts';

export type ClaimOptions = JobSettings & {
  /** Finds the state folder; null where nothing is to be kept. Throws `state-unwritable`. */
  state: (() => State) | null;
  /** Whether the state folder was asked for by name: then it must be writable. */
  stateDirGiven: boolean;
  fsync: boolean;
  /** How long jobs are waited for that another process runs, all together. */
  wait_ms: number;
  /** Go on with an interrupted job. */
  resume: boolean;
  /** The same, and do failed stores again. */
  retryFailed: boolean;
  /** By what images are known again whose results are taken over from an earlier run; null where none are. */
  reuse: ReuseBy | null;
  /** Start an interrupted job over. */
  force: boolean;
  log: Log;
};

/** A job that was taken, and how it stands: null where it never started. */
type Found = {
  read: ReadInput;
  /** Null where nothing is kept of it. */
  claim: Claim | null;
  earlier: ReadJobState | 'unreadable' | null;
};

/**
 * Takes every job before anything is started: the manifests are moved out of
 * their list. With `resume` several jobs are one step: it starts over when all
 * of them are done and delivered, and until then those that have ended fetch
 * nothing.
 */
export async function claimJobs(reads: ReadInput[], options: ClaimOptions): Promise<ClaimedJob[]> {
  const found: Found[] = [];
  const claimed: ClaimedJob[] = [];
  try {
    const until = performance.now() + options.wait_ms;
    const order = new Map(reads.splice(0).map((read, index) => [read, index]));
    // By id: two processes that wait for the same jobs in orders of their own would hold each other up.
    for (const read of [...order.keys()].sort(byJobId)) {
      found.push(await findOne(read, { ...options, wait_ms: until - performance.now() }));
    }
    found.sort((a, b) => (order.get(a.read) ?? 0) - (order.get(b.read) ?? 0));
    const folder = found.find(({ claim }) => claim)?.claim?.state.folder;
    if (folder !== undefined) await sweepLeftovers(folder);
    const resumes = options.resume || options.retryFailed;
    const goesOn = resumes && found.some(({ earlier }) => isLeft(earlier, options.retryFailed));
    for (const one of found) {
      const own = found.length === 1 ? options : await apart(options, one.read.manifest.job_id);
      claimed.push(await decide(one, goesOn, own));
    }
    return claimed;
  } catch (error) {
    for (const job of claimed) await job.close();
    for (const { claim, read } of found.slice(claimed.length)) {
      await read.manifest.close();
      claim?.lock.release();
    }
    throw error;
  }
}

/** Several jobs keep their files in folders of their own: stores of theirs may be called alike. */
async function apart(given: ClaimOptions, job_id: string): Promise<ClaimOptions> {
  const { save } = given.options;
  if (save === null) return given;
  const { safeName } = await import('../save/body-names.ts');
  return { ...given, options: { ...given.options, save: join(save, safeName(job_id)) } };
}

function byJobId(a: ReadInput, b: ReadInput): number {
  return a.manifest.job_id.toLowerCase() < b.manifest.job_id.toLowerCase() ? -1 : 1;
}

/** Whether a run has something left to do, be it to deliver its results, or what had failed. */
function isLeft(earlier: Found['earlier'], retryFailed: boolean): boolean {
  if (earlier === null || earlier === 'unreadable') return false;
  if (retryFailed && earlier.status() === 'failed') return true;
  return earlier.status() === 'ongoing' || !earlier.delivered();
}

/** A job that can't be kept is run without, unless the folder was asked for by name. */
async function findOne(read: ReadInput, options: ClaimOptions): Promise<Found> {
  if (!options.state) return { read, claim: null, earlier: null };
  try {
    const { wait_ms, log: onWait } = options;
    const claim = await claimJob(options.state(), read.manifest.job_id, { wait_ms, onWait });
    const earlier = await readEarlier(claim, options.force).catch((error: unknown) => {
      claim.lock.release();
      throw error;
    });
    return { read, claim, earlier };
  } catch (error) {
    tolerate(error, options);
    return { read, claim: null, earlier: null };
  }
}

/** Throws what keeps a job from running; that it can't be kept is only said. */
function tolerate(error: unknown, { stateDirGiven, log }: ClaimOptions): void {
  if (!isOf(error, 'state-unwritable') || stateDirGiven) throw error;
  log(`warning: ${messageOf(error)}; the job can't be resumed`);
}

/** Decides by how the job stands: it starts, starts over, goes on, or is refused. */
async function decide(found: Found, goesOn: boolean, options: ClaimOptions): Promise<ClaimedJob> {
  const { read, claim, earlier } = found;
  if (!claim) return memoryJob(read, options);
  const starting = { ...options, tolerate: (error: unknown) => tolerate(error, options) };
  if (earlier === null || earlier === 'unreadable') {
    return startingJob(claim, read, { ...starting, earlier });
  }
  if (goesOn) return goOn(claim, earlier, read, options);
  const status = earlier.status();
  const isRefused = status === 'ongoing' && !options.force && options.reuse === null;
  if (isRefused) throw interrupted(claim, read.manifest.job_id);
  return startingJob(claim, read, { ...starting, earlier: status });
}

/** What can't be read can still be started over, when that is asked for. */
async function readEarlier({ files }: Claim, force: boolean): Promise<Found['earlier']> {
  if (!files) return null;
  // Most jobs have no earlier run, and reading one takes much that they can do without.
  const { readKeptJobState } = await import('../state/kept-job.ts');
  return readKeptJobState(files).catch((error: unknown) => {
    if (force) return 'unreadable' as const;
    throw error;
  });
}

/** Goes on with the manifest that was kept: the same as the one that was read, which is let go. */
async function goOn(
  claim: Claim,
  earlier: ReadJobState,
  { manifest, path, text }: ReadInput,
  { options, headers, fsync, retryFailed: retry_failed, log }: ClaimOptions,
): Promise<ClaimedJob> {
  const { readKeptJob } = await import('../state/kept-job.ts');
  const job = claim.files && (await readKeptJob(claim.files, { writable: true }));
  if (!job) throw new ImgjobError('internal', `${manifest.job_id} is not there any more`);
  try {
    await refuseOther(manifest, job.manifest);
  } catch (error) {
    await job.close();
    throw error;
  }
  text.release();
  await manifest.close();
  logDamage(job.damaged, log);
  const status = job.reducer.status();
  const isLeft = status === 'ongoing' || (retry_failed && status === 'failed');
  const lost = !isLeft && (await hasLostFiles(job, options));
  const fetches = isLeft || lost;
  if (lost) log(`${earlier.job_id} ${FETCHES_LOST}`);
  else if (!fetches) {
    const why = earlier.delivered()
      ? 'other jobs of this run have not: its results are written again'
      : 'its results were not delivered: they are written now';
    log(`${earlier.job_id} has ended, and ${why}; nothing is fetched`);
  }
  const going = { options, headers, path, fsync, retry_failed, fetches };
  return resumingJob(claim, job, going);
}

/** Throws where the stores or images of a job are not what they were when it began. */
async function refuseOther(manifest: Manifest, kept: Manifest): Promise<void> {
  const differs = (what: string) => {
    const message = `the manifest of ${kept.job_id} has changed since the job began: ${what}`;
    const hint =
      'Take over what is the same with --reuse, start over with --force, or give the new manifest another job_id.';
    return new ImgjobError('manifest-differs', message, { hint });
  };
  if (manifest.store_count !== kept.store_count) {
    throw differs(`it has ${manifest.store_count} stores and had ${kept.store_count}`);
  }
  for (let position = 0; position < kept.store_count; position += 1) {
    const stores = await Promise.all([manifest.store(position), kept.store(position)]);
    const [now, then] = stores.map((store) => JSON.stringify(store));
    if (now !== then) throw differs(`store ${position + 1} is another one`);
  }
}

function interrupted({ state }: Claim, job_id: string): ImgjobError {
  const hint = `Go on with: ${state.command('resume', job_id)} (or run it with --resume). To start a new run that takes over what it has, run it with --reuse; to start over, with --force.`;
  return new ImgjobError('job-interrupted', `the job ${job_id} was interrupted`, { hint });
}
