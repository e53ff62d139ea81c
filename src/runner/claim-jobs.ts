import { ImgjobError } from '../errors.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { JobOptions } from '../results/events.ts';
import { type Claim, claimJob, locateState } from '../state/claim.ts';
import type { KeptJob } from '../state/kept-job.ts';
import { type Log, logDamage } from '../terminal/log.ts';
import { type JobInput, memoryInput, type ReadInput, resumeInput, startInput } from './open-job.ts';

export type PlanOptions = {
  job: JobOptions;
  /** False for `--no-state`. */
  state: boolean;
  stateDir?: string;
  /** Whether `--state-dir` was given: a folder that was asked for must be writable. */
  stateDirGiven: boolean;
  fsync: boolean;
  /** Go on with an interrupted job. */
  resume: boolean;
  /** Start an interrupted job over. */
  force: boolean;
  log: Log;
};

/** Takes every job before anything is started: the manifests are moved out of their list. */
export async function planJobs(reads: ReadInput[], options: PlanOptions): Promise<JobInput[]> {
  const planned: JobInput[] = [];
  try {
    for (const read of reads.splice(0)) {
      planned.push(options.state ? await planKept(read, options) : memoryInput(read));
    }
  } catch (error) {
    for (const input of planned) await input.close();
    throw error;
  }
  return planned;
}

/** Runs a job without keeping it where it can't be kept, unless the folder was asked for by name. */
async function planKept(read: ReadInput, options: PlanOptions): Promise<JobInput> {
  const tolerate = (error: unknown) => {
    const isUnwritable = error instanceof ImgjobError && error.code === 'state-unwritable';
    if (!isUnwritable || options.stateDirGiven) throw error;
    options.log(`warning: ${error.message}; the job can't be resumed`);
  };
  try {
    const claim = await claimJob(locateState(options.stateDir), read.manifest.job_id);
    return await planJob(claim, read, { ...options, tolerate }).catch((error: unknown) => {
      claim.lock.release();
      throw error;
    });
  } catch (error) {
    tolerate(error);
    return memoryInput(read);
  }
}

/** Decides by how the job stands: it starts, starts over, goes on, or is refused. */
async function planJob(
  claim: Claim,
  read: ReadInput,
  options: PlanOptions & { tolerate(error: unknown): void },
): Promise<JobInput> {
  const earlier = await readEarlier(claim, options.force);
  if (earlier === null || earlier === 'unreadable') {
    return startInput(claim, read, { ...options, earlier });
  }
  const status = earlier.reducer.status();
  // One that ended may have been killed before its results were written.
  if (options.resume && (status === 'ongoing' || claim.lock.abandoned)) {
    return planResume(claim, earlier, read, options);
  }
  await earlier.close();
  if (status === 'ongoing' && !options.force) throw interrupted(claim, read.manifest.job_id);
  return startInput(claim, read, { ...options, earlier: status });
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
async function planResume(
  claim: Claim,
  job: KeptJob,
  { manifest, path, text }: ReadInput,
  { job: options, fsync, log }: PlanOptions,
): Promise<JobInput> {
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
  return resumeInput(claim, job, { job: options, path, fsync, retry_failed: false });
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
