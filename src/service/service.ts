import { ImgjobError, messageOf } from '../errors.ts';
import { excerpt } from '../manifest/problem.ts';
import type { StartedJob } from '../runner/runner.ts';
import { removeJob } from '../state/state-folder.ts';
import type { JobIndex } from './job-index.ts';
import type { JobRecord } from './job-record.ts';
import { createJobStore } from './job-store.ts';
import type { Launched } from './launch.ts';
import { createQueue } from './queue.ts';
import type { JobSubmission, ServiceOptions } from './service-options.ts';

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
  /** Answers when the job is in the state folder. Throws `queue-full`, `stopped`, `job-running`, `job-interrupted`. */
  submit(submission: JobSubmission): Promise<JobRecord>;
  /** Throws `queue-full` and `stopped`: before a manifest is read. */
  checkRoom(): void;
  /** Throws `unknown-job`. */
  find(job_id: string): JobRecord;
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

/** A job that has a place; `left` resolves when it has given it back. */
type Running = { stop: AbortController; launched: Launched | null; left: Promise<void> };

export function createService(index: JobIndex, options: ServiceOptions): Service {
  const { runner, log } = options;
  const running = new Map<string, Running>();
  /** Jobs with which something is being done. */
  const busy = new Set<string>();
  const underWay = new Set<Promise<unknown>>();
  const store = createJobStore(index, options);
  const queue = createQueue(options, (id) => void track(runKept(id, false)));
  let isDraining = false;

  function track<T>(work: Promise<T>): Promise<T> {
    const tracked = work.finally(() => underWay.delete(tracked));
    underWay.add(tracked);
    tracked.catch(() => {});
    return tracked;
  }

  /** One thing at a time is done with a job. */
  async function alone<T>(job_id: string, act: (id: string) => Promise<T>): Promise<T> {
    const id = job_id.toLowerCase();
    if (busy.has(id)) {
      throw new ImgjobError('job-running', `something else is being done with the job ${job_id}`);
    }
    busy.add(id);
    return track(act(id).finally(() => busy.delete(id)));
  }

  function checkOpen(): void {
    if (isDraining) throw new ImgjobError('stopped', 'this server is stopping');
  }

  /** Runs a job in a place that it has; answers when its journal says so. */
  async function run(
    id: string,
    start: (signal: AbortSignal) => Promise<Launched>,
  ): Promise<Launched> {
    let tellLeft = () => {};
    const left = new Promise<void>((resolve) => {
      tellLeft = resolve;
    });
    const entry: Running = { stop: new AbortController(), launched: null, left };
    running.set(id, entry);
    const leave = () => {
      running.delete(id);
      queue.leave(id);
      tellLeft();
    };
    const launched = await start(entry.stop.signal).catch((error: unknown) => {
      // It may have begun, and could not be brought to the disk: nobody is told that it was taken.
      entry.stop.abort(CANCEL);
      leave();
      throw error;
    });
    entry.launched = launched;
    void track(store.settle(launched).finally(leave));
    return launched;
  }

  /** Writes down that a job waits for its turn. */
  async function park(
    id: string,
    start: (signal: AbortSignal) => Promise<Launched>,
  ): Promise<void> {
    try {
      const launched = await start(AbortSignal.abort('queued'));
      await store.settle(launched);
    } catch (error) {
      queue.leave(id);
      throw error;
    }
    if (index.get(id)?.status === 'ongoing') queue.ready(id);
    else queue.leave(id);
  }

  function begin(id: string, start: (signal: AbortSignal) => Promise<Launched>): Promise<unknown> {
    return queue.enter(id) === 'run' ? run(id, start) : park(id, start);
  }

  async function runKept(id: string, retry_failed: boolean): Promise<void> {
    await run(id, (signal) => store.startKept(id, { signal, retry_failed })).catch(
      (error: unknown) => log(`warning: can't go on with ${id}: ${messageOf(error)}`),
    );
  }

  function find(job_id: string): JobRecord {
    const record = index.get(job_id);
    if (!record) throw new ImgjobError('unknown-job', `there is no job ${excerpt(job_id, 80)}`);
    return record;
  }

  function stateOf({ job_id, status, stopped_by }: JobRecord): JobStateWord {
    // Most have ended, and lists ask this of each.
    if (status !== 'ongoing') return status;
    const id = job_id.toLowerCase();
    if (running.has(id)) return 'running';
    if (queue.isWaiting(id)) return 'queued';
    return stopped_by === CANCEL ? 'cancelled' : 'interrupted';
  }

  async function submit(submission: JobSubmission): Promise<JobRecord> {
    const { job_id } = submission.read.manifest;
    checkOpen();
    return alone(job_id, async (id) => {
      if (running.has(id) || queue.isWaiting(id)) {
        throw new ImgjobError('job-running', `the job ${job_id} is ${stateOf(find(job_id))}`);
      }
      await begin(id, (signal) => store.startNew(submission, signal));
      return find(job_id);
    });
  }

  async function cancel(job_id: string): Promise<void> {
    const record = find(job_id);
    const id = job_id.toLowerCase();
    const entry = running.get(id);
    if (entry) {
      entry.stop.abort(CANCEL);
      await entry.left;
      return;
    }
    await alone(id, async () => {
      if (stateOf(record) === 'cancelled') return;
      if (record.status !== 'ongoing') throw ended(record);
      queue.leave(id);
      const how = { signal: AbortSignal.abort(CANCEL), retry_failed: false };
      const launched = await store.startKept(id, how);
      await store.settle(launched);
    });
  }

  async function resume(job_id: string, how: { retry_failed: boolean }): Promise<void> {
    checkOpen();
    const record = find(job_id);
    await alone(job_id, async (id) => {
      if (running.has(id) || queue.isWaiting(id)) {
        throw new ImgjobError('job-running', `the job ${record.job_id} is ${stateOf(record)}`);
      }
      const isLeft =
        record.status === 'ongoing' || (how.retry_failed && record.status === 'failed');
      if (!isLeft) throw ended(record);
      await begin(id, (signal) => store.startKept(id, { signal, ...how }));
    });
  }

  async function remove(job_id: string): Promise<void> {
    const record = find(job_id);
    await alone(job_id, async (id) => {
      if (running.has(id) || queue.isWaiting(id)) {
        const message = `the job ${record.job_id} is ${stateOf(record)}: cancel it first`;
        throw new ImgjobError('job-running', message);
      }
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
      if (submitted && isLeft) queue.enterEarlier(job_id.toLowerCase());
    }
  }

  async function drain(grace_ms: number): Promise<void> {
    isDraining = true;
    queue.close();
    const goOn = await runner.rest(grace_ms);
    for (const { stop } of running.values()) stop.abort('SIGTERM');
    goOn();
    while (underWay.size > 0) await Promise.allSettled(underWay);
  }

  return {
    ...{ index, submit, find, stateOf, cancel, resume, remove, recover, drain },
    checkRoom() {
      checkOpen();
      queue.checkRoom();
    },
    hold(job_id) {
      const launched = running.get(job_id.toLowerCase())?.launched;
      const release = launched?.hold();
      return launched && release ? { job: launched.job, release } : null;
    },
    counts: queue.counts,
  };
}

/** What a journal says of a job that somebody has stopped: it does not go on by itself. */
const CANCEL = 'cancel';

function ended({ job_id, status }: JobRecord): ImgjobError {
  return new ImgjobError('job-ended', `the job ${job_id} has ended: ${status}`);
}
