import { ImgjobError, messageOf } from '../errors.ts';
import type { StartedJob } from '../runner/runner.ts';
import { removeJob } from '../state/state-folder.ts';
import type { JobIndex } from './job-index.ts';
import { type JobRecord, noSuchJob } from './job-record.ts';
import { createJobStore } from './job-store.ts';
import { createPlaces } from './places.ts';
import type { JobSubmission, ServiceOptions } from './service-options.ts';
import { createWriteHealth, type WriteHealth } from './write-health.ts';

/** How a job goes on, in one word. */
export const JOB_STATES = [
  'queued',
  'running',
  'interrupted',
  'cancelled',
  'completed',
  'failed',
] as const;
export type JobStateWord = (typeof JOB_STATES)[number];

/** A job that runs, with its files held open until they are given back. */
export type HeldJob = { job: StartedJob; release(): Promise<void> };

/** The jobs of one server: those that run, those that wait, and those that are kept. */
export type Service = {
  readonly index: JobIndex;
  readonly health: WriteHealth;
  /** Answers when the job is in the state folder. Throws `queue-full`, `stopped`, `job-running`, `job-interrupted`. */
  submit(submission: JobSubmission): Promise<JobRecord>;
  /** Throws `queue-full` and `stopped`: before a manifest is read. */
  checkRoom(): void;
  /** Throws `unknown-job`. */
  find(job_id: string): JobRecord;
  /** The same, of a job that does not run here as its journal has it now. */
  lookUp(job_id: string): Promise<JobRecord>;
  stateOf(record: JobRecord): JobStateWord;
  hold(job_id: string): HeldJob | null;
  /** Answers when the job is at rest. Throws `job-ended`. */
  cancel(job_id: string): Promise<void>;
  /** Throws `job-ended` where nothing is left to do, and `job-running`. */
  resume(job_id: string, how: { retry_failed: boolean }): Promise<void>;
  remove(job_id: string): Promise<void>;
  /** Goes on with what was accepted and is not done. */
  recover(): void;
  /** Takes no more, lets the images that run finish within so long, and stops all jobs. */
  drain(grace_ms: number): Promise<void>;
  counts(): { running: number; queued: number };
};

export function createService(index: JobIndex, options: ServiceOptions): Service {
  const { runner, log } = options;
  /** Jobs with which something is being done. */
  const busy = new Set<string>();
  const store = createJobStore(index, options);
  const health = createWriteHealth(options.state.folder, () => performance.now());
  const places = createPlaces(options, {
    ...{ index, store, health },
    goOn: (id) => (signal) => store.startKept(id, { signal, retry_failed: false }),
    onFailure: (id, error) => log(`warning: can't go on with ${id}: ${messageOf(error)}`),
  });
  let isDraining = false;

  /** One thing at a time is done with a job. */
  async function alone<T>(job_id: string, act: (id: string) => Promise<T>): Promise<T> {
    const id = job_id.toLowerCase();
    if (busy.has(id)) {
      throw new ImgjobError('job-running', `another request is changing the job ${job_id}`);
    }
    busy.add(id);
    return places.track(act(id).finally(() => busy.delete(id)));
  }

  function checkOpen(): void {
    if (isDraining) throw new ImgjobError('stopped', 'this server is stopping');
  }

  function find(job_id: string): JobRecord {
    const record = index.get(job_id);
    if (!record) throw noSuchJob(job_id);
    return record;
  }

  async function lookUp(job_id: string): Promise<JobRecord> {
    const id = job_id.toLowerCase();
    const isOurs = places.isRunning(id) || busy.has(id);
    const record = isOurs ? null : await store.refresh(job_id);
    // What waits may have been run, or removed, by force.
    if (!isOurs && record?.status !== 'ongoing' && places.isWaiting(id)) places.leave(id);
    return find(job_id);
  }

  function stateOf({ job_id, status, stopped_by }: JobRecord): JobStateWord {
    // Most have ended, and lists ask this of each.
    if (status !== 'ongoing') return status;
    const id = job_id.toLowerCase();
    if (places.isRunning(id)) return 'running';
    if (places.isWaiting(id)) return 'queued';
    return stopped_by === CANCEL ? 'cancelled' : 'interrupted';
  }

  /** Throws `job-running` for a job that runs here or waits. */
  function checkRests(id: string, job_id: string, advice = ''): void {
    if (!places.isRunning(id) && !places.isWaiting(id)) return;
    throw new ImgjobError('job-running', `the job ${job_id} is ${stateOf(find(id))}${advice}`);
  }

  async function submit(submission: JobSubmission): Promise<JobRecord> {
    const { job_id } = submission.read.manifest;
    checkOpen();
    return alone(job_id, async (id) => {
      checkRests(id, job_id);
      await places.begin(id, (signal) => store.startNew(submission, signal));
      return find(job_id);
    });
  }

  async function cancel(job_id: string): Promise<void> {
    const record = find(job_id);
    const id = job_id.toLowerCase();
    const stopped = places.stop(id, CANCEL);
    if (stopped) return stopped;
    await alone(id, async () => {
      if (stateOf(record) === 'cancelled') return;
      if (record.status !== 'ongoing') throw ended(record);
      // It waits as before where it can't be written down that it is cancelled.
      places.hold(id);
      try {
        const how = { signal: AbortSignal.abort(CANCEL), retry_failed: false };
        const failure = await store.settle(await store.startKept(id, how));
        if (failure !== null) throw failure;
      } catch (error) {
        health.failed(error);
        places.ready(id);
        throw error;
      }
      places.leave(id);
    });
  }

  async function resume(job_id: string, how: { retry_failed: boolean }): Promise<void> {
    checkOpen();
    const record = find(job_id);
    await alone(job_id, async (id) => {
      checkRests(id, record.job_id);
      const isLeft =
        record.status === 'ongoing' || (how.retry_failed && record.status === 'failed');
      if (!isLeft) throw ended(record);
      await places.begin(id, (signal) => store.startKept(id, { signal, ...how }));
    });
  }

  async function remove(job_id: string): Promise<void> {
    const record = find(job_id);
    await alone(job_id, async (id) => {
      checkRests(id, record.job_id, ': cancel it first');
      const claim = await store.claim(record.job_id);
      try {
        if (claim.files) await removeJob(options.state.folder, claim.files);
        index.remove(record.job_id);
      } finally {
        claim.lock.release();
      }
    });
  }

  function recover(): void {
    for (const { job_id, submitted, status, stopped_by, delivered } of [...index.all()]) {
      const isLeft = status === 'ongoing' ? stopped_by !== CANCEL : !delivered;
      if (submitted && isLeft) places.waitAgain(job_id.toLowerCase());
    }
  }

  return {
    ...{ index, health, submit, find, lookUp, stateOf, cancel, resume, remove, recover },
    drain(grace_ms) {
      isDraining = true;
      return places.drain(runner, grace_ms);
    },
    checkRoom() {
      checkOpen();
      places.checkRoom();
    },
    hold(job_id) {
      const launched = places.launched(job_id.toLowerCase());
      const release = launched?.hold();
      return launched && release ? { job: launched.job, release } : null;
    },
    counts: places.counts,
  };
}

/** What a journal says of a job that somebody has stopped: it does not go on by itself. */
const CANCEL = 'cancel';

function ended({ job_id, status }: JobRecord): ImgjobError {
  return new ImgjobError('job-ended', `the job ${job_id} has ended: ${status}`);
}
