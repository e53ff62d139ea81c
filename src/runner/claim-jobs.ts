import { ImgjobError } from '../errors.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { ReadInput } from '../manifest/read-all.ts';
import { type Claim, claimJob } from '../state/claim.ts';
import type { KeptJob } from '../state/kept-job.ts';
import type { State } from '../state/locate.ts';
import { type Log, logDamage } from '../terminal/log.ts';
import {
  type ClaimedJob,
  type JobSettings,
  memoryJob,
  resumingJob,
  startingJob,
} from './open-job.ts';

export type ClaimOptions = JobSettings & {
  /** Finds the state folder; null where nothing is to be kept. Throws `state-unwritable`. */
  state: (() => State) | null;
  /** Whether the state folder was asked for by name: then it must be writable. */
  stateDirGiven: boolean;
  fsync: boolean;
  /** Go on with an interrupted job. */
  resume: boolean;
  /** Start an interrupted job over. */
  force: boolean;
  log: Log;
};

/** Takes every job before anything is started: the manifests are moved out of their list. */
export async function claimJobs(reads: ReadInput[], options: ClaimOptions): Promise<ClaimedJob[]> {
  const claimed: ClaimedJob[] = [];
  try {
    for (const read of reads.splice(0)) claimed.push(await claimOne(read, options));
  } catch (error) {
    for (const job of claimed) await job.close();
    throw error;
  }
  return claimed;
}

/** Runs a job without keeping it where it can't be kept, unless the folder was asked for by name. */
async function claimOne(read: ReadInput, options: ClaimOptions): Promise<ClaimedJob> {
  if (!options.state) return memoryJob(read, options);
  const tolerate = (error: unknown) => {
    const isUnwritable = error instanceof ImgjobError && error.code === 'state-unwritable';
    if (!isUnwritable || options.stateDirGiven) throw error;
    options.log(`warning: ${error.message}; the job can't be resumed`);
  };
  try {
    const claim = await claimJob(options.state(), read.manifest.job_id);
    return await decide(claim, read, { ...options, tolerate }).catch((error: unknown) => {
      claim.lock.release();
      throw error;
    });
  } catch (error) {
    tolerate(error);
    return memoryJob(read, options);
  }
}

/** Decides by how the job stands: it starts, starts over, goes on, or is refused. */
async function decide(
  claim: Claim,
  read: ReadInput,
  options: ClaimOptions & { tolerate(error: unknown): void },
): Promise<ClaimedJob> {
  const earlier = await readEarlier(claim, options.force);
  if (earlier === null || earlier === 'unreadable') {
    return startingJob(claim, read, { ...options, earlier });
  }
  const status = earlier.reducer.status();
  // One that ended may have been killed before its results were written.
  if (options.resume && (status === 'ongoing' || claim.lock.abandoned)) {
    return goOn(claim, earlier, read, options);
  }
  await earlier.close();
  if (status === 'ongoing' && !options.force) throw interrupted(claim, read.manifest.job_id);
  return startingJob(claim, read, { ...options, earlier: status });
}

/** What can't be read can still be started over, when that is asked for. */
async function readEarlier(
  { files }: Claim,
  force: boolean,
): Promise<KeptJob | 'unreadable' | null> {
  if (!files) return null;
  // Most jobs have no earlier run, and reading one takes much that they can do without.
  const { readKeptJob } = await import('../state/kept-job.ts');
  return readKeptJob(files, { writable: true }).catch((error: unknown) => {
    if (force) return 'unreadable' as const;
    throw error;
  });
}

/** Goes on with the manifest that was kept: the same as the one that was read, which is let go. */
async function goOn(
  claim: Claim,
  job: KeptJob,
  { manifest, path, text }: ReadInput,
  { options, headers, fsync, log }: ClaimOptions,
): Promise<ClaimedJob> {
  try {
    await refuseOther(manifest, job.manifest);
  } catch (error) {
    await job.close();
    throw error;
  } finally {
    text.release();
    await manifest.close();
  }
  logDamage(job.damaged, log);
  const going = { options, headers, path, fsync, retry_failed: false, fetches: true };
  return resumingJob(claim, job, going);
}

/** Throws where the stores or images of a job are not what they were when it began. */
async function refuseOther(manifest: Manifest, kept: Manifest): Promise<void> {
  const differs = (what: string) => {
    const message = `the manifest of ${kept.job_id} has changed since the job was interrupted: ${what}`;
    const hint = 'Start over with --force, or give the new manifest another job_id.';
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
  const hint = `Go on with: ${state.command('resume', job_id)} (or run it with --resume). To start over, run it with --force.`;
  return new ImgjobError('job-interrupted', `the job ${job_id} was interrupted`, { hint });
}
