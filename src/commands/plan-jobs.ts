import { ImgjobError } from '../errors.ts';
import type { JobOptions } from '../job/events.ts';
import type { Manifest } from '../job/manifest.ts';
import { printDamage } from './damage.ts';
import {
  type JobInput,
  type KeepOptions,
  memoryInput,
  type ReadInput,
  resumeInput,
  startInput,
} from './job-input.ts';
import { readKeptJob, readKeptManifest, standingOf } from './kept-job.ts';
import { type Claim, claimJob, commandLine, stateFolder } from './state.ts';

export type PlanOptions = KeepOptions & {
  job: JobOptions;
  /** False for `--no-state`. */
  state: boolean;
  /** Whether `--state-dir` was given: a folder that was asked for must be writable. */
  stateDirGiven: boolean;
  /** Go on with an interrupted job. */
  resume: boolean;
  /** Start an interrupted job over. */
  force: boolean;
  /** A line for the person at the terminal. */
  say(line: string): void;
};

/** Takes every job before anything is started: the inputs are moved out of their list. */
export async function planJobs(reads: ReadInput[], options: PlanOptions): Promise<JobInput[]> {
  const planned: JobInput[] = [];
  try {
    for (const read of reads.splice(0)) {
      planned.push(options.state ? await planKept(read, options) : memoryInput(read));
    }
  } catch (error) {
    for (const input of planned) input.release();
    throw error;
  }
  return planned;
}

/** Runs a job without keeping it where it can't be kept, unless the folder was asked for by name. */
async function planKept(read: ReadInput, options: PlanOptions): Promise<JobInput> {
  const tolerate = (error: unknown) => {
    const isUnwritable = error instanceof ImgjobError && error.code === 'state-unwritable';
    if (!isUnwritable || options.stateDirGiven) throw error;
    options.say(`warning: ${error.message}; the job can't be resumed`);
  };
  return planJob(read, { ...options, tolerate }).catch((error: unknown) => {
    tolerate(error);
    return memoryInput(read);
  });
}

/** Decides by how the job stands: it starts, starts over, goes on, or is refused. */
async function planJob(
  read: ReadInput,
  options: PlanOptions & { tolerate(error: unknown): void },
): Promise<JobInput> {
  const { job_id } = read.manifest;
  const claim = await claimJob(stateFolder(options.stateDir), job_id);
  try {
    const standing = await standingOf(claim.files).catch((error: unknown) => {
      // What can't be read can still be started over, when that is asked for.
      if (options.force) return { status: () => 'unreadable' as const };
      throw error;
    });
    const status = standing?.status();
    // One that ended may have been killed before its results were written.
    const incomplete = status === 'ongoing' || (status !== undefined && claim.lock.abandoned);
    if (options.resume && incomplete) return await planResume(claim, read, options);
    if (status === 'ongoing' && !options.force) throw interrupted(job_id, options);
    if (status) options.say(startsOver(job_id, status, options));
    return startInput(claim, read, options);
  } catch (error) {
    claim.lock.release();
    throw error;
  }
}

async function planResume(
  claim: Claim,
  { manifest, path, text }: ReadInput,
  options: PlanOptions,
): Promise<JobInput> {
  const { files } = claim;
  text.release();
  if (files) await refuseOther(manifest, await readKeptManifest(files, manifest.job_id));
  const kept = files && (await readKeptJob(files, 'a+', { manifest }));
  if (!kept) throw new ImgjobError('internal', `the job ${manifest.job_id} is gone`);
  printDamage(kept.damaged, options.say);
  return resumeInput(claim, kept, { ...options, path, retry_failed: false });
}

/** Throws where the stores or images of a job are not what they were when it began. */
async function refuseOther(manifest: Manifest, kept: Manifest): Promise<void> {
  const differs = (what: string) =>
    new ImgjobError(
      'manifest-differs',
      `the manifest of ${manifest.job_id} has changed since the job was interrupted: ${what}`,
      { hint: 'Start over with --force, or give the new manifest another job_id.' },
    );
  try {
    if (manifest.store_count !== kept.store_count) {
      throw differs(`it has ${manifest.store_count} stores and had ${kept.store_count}`);
    }
    for (let position = 0; position < kept.store_count; position += 1) {
      const stores = await Promise.all([manifest.store(position), kept.store(position)]);
      const [now, then] = stores.map((store) => JSON.stringify(store));
      if (now !== then) throw differs(`store ${position + 1} is another one`);
    }
  } finally {
    await kept.close();
  }
}

function interrupted(job_id: string, { stateDir }: KeepOptions): ImgjobError {
  return new ImgjobError('job-interrupted', `the job ${job_id} was interrupted`, {
    hint: `Go on with: ${commandLine(['resume', job_id], stateDir)} (or run --resume). Start over with: --force`,
  });
}

function startsOver(job_id: string, status: string, { stateDir }: KeepOptions): string {
  const earlier = status === 'ongoing' ? 'was interrupted' : `has run before (${status})`;
  const command = commandLine(['results', job_id, '--previous'], stateDir);
  return `${job_id} ${earlier} and starts over; its earlier results: ${command}`;
}
