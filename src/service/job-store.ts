import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { ImgjobError, messageOf } from '../errors.ts';
import { syncFolder, syncPath } from '../files/sync.ts';
import { JOB_ID } from '../job-id.ts';
import { countImages } from '../manifest/manifest.ts';
import { resumingJob, startingJob } from '../runner/open-job.ts';
import { type Claim, claimJob, NO_WAIT, unknownJob } from '../state/claim.ts';
import { readKeptJob, readKeptJobState } from '../state/kept-job.ts';
import { filesOf, type JobFiles } from '../state/state-folder.ts';
import { logDamage } from '../terminal/log.ts';
import type { JobIndex } from './job-index.ts';
import { handedIn, type JobRecord, journalBytes, readRecord, recordOf } from './job-record.ts';
import { type Launched, launch } from './launch.ts';
import { keptOptions } from './request-options.ts';
import type { JobSubmission, ServiceOptions } from './service-options.ts';
import { writeSubmission } from './submission.ts';

export type KeptStart = { signal: AbortSignal; retry_failed: boolean };

/** The jobs of a server in its state folder: how they begin there, go on, and are noted in the index. */
export type JobStore = {
  /** Throws `job-running` where another process has the job. */
  claim(job_id: string): Promise<Claim>;
  /**
   * Starts a job that is handed in; answers when all of it is on the disk.
   * Throws `job-interrupted` where one of its id has not ended.
   */
  startNew(submission: JobSubmission, signal: AbortSignal): Promise<Launched>;
  /** Goes on with a job. */
  startKept(job_id: string, start: KeptStart): Promise<Launched>;
  /** Notes how a job at rest stands now: the command line may have run it meanwhile. Null where there is none. */
  refresh(job_id: string): Promise<JobRecord | null>;
  /** Waits until a job is at rest, and notes how it stands; what went wrong is said. */
  settle(launched: Launched): Promise<void>;
};

export function createJobStore(index: JobIndex, options: ServiceOptions): JobStore {
  const { state, runner, headers, fsync, log } = options;

  /** Without looking through the whole folder, which is there and may hold many. */
  async function find(folder: string, job_id: string): Promise<JobFiles | null> {
    const files = filesOf(folder, index.get(job_id)?.job_id ?? job_id);
    return existsSync(files.folder) ? files : null;
  }

  /** A client is told that another process has it, not how to look at it here. */
  const claim = (job_id: string) =>
    claimJob(state, job_id, NO_WAIT, { find, async prepare() {} }).catch((error: unknown) => {
      if (!(error instanceof ImgjobError) || error.code !== 'job-running') throw error;
      const message = `the job ${job_id} is run by another process`;
      throw new ImgjobError('job-running', message, { cause: error });
    });

  async function startNew(submission: JobSubmission, signal: AbortSignal): Promise<Launched> {
    const { read, key, content } = submission;
    const { job_id } = read.manifest;
    const files = filesOf(state.folder, job_id);
    const submitted = { submitted_at: new Date().toISOString(), key, content };
    const { claimed, earlier } = await claimNew(submission);
    const onOpen = () => writeSubmission(files, submitted);
    const launched = await launch(claimed, { runner, signal, log, onOpen });
    await launched.begun;
    await syncNew(files, read.text.form, earlier);
    note(launched, handedIn(submitted), 0);
    return launched;
  }

  async function claimNew({ read, options }: JobSubmission) {
    const { job_id } = read.manifest;
    let held: Claim | null = null;
    try {
      held = await claim(job_id);
      const look = held.files && (await readKeptJobState(held.files));
      const earlier = look?.status() ?? null;
      if (earlier === 'ongoing') {
        const hint = 'Resume it, or delete it first.';
        throw new ImgjobError('job-interrupted', `the job ${job_id} was interrupted`, { hint });
      }
      const starting = { options, headers, fsync, earlier, log, tolerate: refuse };
      return { claimed: startingJob(held, read, starting), earlier };
    } catch (error) {
      held?.lock.release();
      await read.manifest.close();
      throw error;
    }
  }

  async function startKept(job_id: string, start: KeptStart): Promise<Launched> {
    const held = await claim(job_id);
    try {
      const kept = held.files && (await readKeptJob(held.files, { writable: true }));
      if (!kept) throw unknownJob(state, job_id);
      logDamage(kept.damaged, log);
      const { retry_failed, signal } = start;
      const going = { options: keptOptions(kept.options, options.options), headers };
      const how = { path: '-', fsync, retry_failed, fetches: !signal.aborted };
      const claimed = resumingJob(held, kept, { ...going, ...how });
      const launched = await launch(claimed, { runner, signal, log, onOpen() {} });
      await launched.begun;
      const known = index.get(job_id);
      if (known) note(launched, known, 0);
      return launched;
    } catch (error) {
      held.lock.release();
      throw error;
    }
  }

  function note(
    { job: { reducer, manifest } }: Launched,
    how: ReturnType<typeof handedIn>,
    bytes: number,
  ): void {
    const counts = { stores: manifest.store_count, images: countImages(manifest) };
    index.put(recordOf({ ...reducer, ...counts }, how, bytes));
  }

  async function refresh(job_id: string): Promise<JobRecord | null> {
    const known = index.get(job_id);
    if (!known && !JOB_ID.test(job_id)) return null;
    const files = filesOf(state.folder, known?.job_id ?? job_id);
    if (known && known.journal_bytes === journalBytes(files)) return known;
    const record = await readRecord(files).catch(() => null);
    if (record) index.put(record);
    else if (known) index.remove(job_id);
    return record;
  }

  async function settle(launched: Launched): Promise<void> {
    const { job_id } = launched.job.reducer;
    const files = filesOf(state.folder, job_id);
    const known = index.get(job_id);
    try {
      await launched.ended;
      if (known) note(launched, known, journalBytes(files));
    } catch (error) {
      log(`warning: ${job_id}: ${messageOf(error)}`);
      // What could not be written did not happen.
      const record = await readRecord(files).catch(() => null);
      if (record) index.put(record);
    }
  }

  return { claim, startNew, startKept, refresh, settle };
}

function refuse(error: unknown): never {
  throw error;
}

/** Brings a job that begins to the disk, with all names that lead to it: it survives a power cut. */
async function syncNew(
  files: JobFiles,
  form: 'json' | 'ndjson',
  earlier: string | null,
): Promise<void> {
  await Promise.all([files.manifest[form], files.journal, files.submission].map(syncPath));
  await syncFolder(files.folder);
  if (earlier === null) await syncFolder(dirname(files.folder));
}
