import type { Fleet } from '../fleet/fleet.ts';
import { createController, type Job } from '../job/controller.ts';
import type { Effects } from '../job/effects.ts';
import type { SlotActivity } from '../job/slots.ts';
import type { WorkLog } from '../results/events.ts';
import type { Reducer } from '../results/reducer.ts';
import { createSnapshots, type Snapshot } from '../results/snapshot.ts';
import { timestamp } from '../time.ts';
import type { BatchCounts, Coming } from '../work/work.ts';
import { createBreaks } from './breaks.ts';
import { createBus, type Listener } from './bus.ts';
import { chooseStores, prepareForFleet } from './choose-stores.ts';
import type { WorkOptions } from './choose-work.ts';
import { createSharedEffects } from './effects.ts';
import type { ClaimedJob, OpenJob, PreparedJob } from './open-job.ts';
import { openSaver } from './open-saver.ts';
import { createSteps } from './steps.ts';

export type RunnerOptions = {
  /** Most stores at once, of all jobs together; null for the largest that a running job has. */
  concurrency: number | null;
  /** The environment: names the proxies. */
  env: Record<string, string | undefined>;
  /** The machines that run the stores; null for this process. */
  fleet: Fleet | null;
  /** Of work that a module does: what it says outside of its work on an image is no event of a job. */
  work: Pick<WorkOptions, 'say' | 'debug'> & { log(line: WorkLog): void };
};

export type StartOptions = {
  /** Aborted to stop the job; the reason is the name of the signal that did it (`SIGINT`). */
  signal: AbortSignal;
  /** Whoever is told the events of this job alone. */
  listener?: Listener;
  /** In place of the job's id, where two runs of one job go on at once. */
  key?: string;
};

/** A job that runs. */
export type StartedJob = Job & {
  /** Writes down that its results are where they were to go. */
  delivered(): Promise<void>;
  /** How the batches of its work were filled, with those of other jobs in them; null where it has none. */
  batches: BatchCounts | null;
};

export type Runner = {
  /**
   * Loads what a claimed job takes: the network under its options, and its work.
   * Throws `usage` where these can't be; then nothing of the job was touched.
   * The signal ends what may wait forever (`stopped`).
   */
  prepare(job: ClaimedJob, signal: AbortSignal): Promise<PreparedJob>;
  /** Starts a job: any number, at any time. Throws `usage` while one of its id runs. */
  start(job: OpenJob, options: StartOptions): StartedJob;
  /** The jobs that run, by id. */
  readonly jobs: ReadonlyMap<string, Job>;
  /** What each slot is doing; null where it is free. */
  readonly activities: readonly (SlotActivity | null)[];
  /** How a job stands and goes on; null where none of this id runs. */
  snapshot(job_id: string): Snapshot | null;
  /** The same of all jobs that run, in the order they were started. */
  snapshots(): Snapshot[];
  /** Tells a listener the events of all jobs from now on; returns the way to end that. */
  subscribe(listener: Listener): () => void;
  /**
   * Lets no further image begin, and waits until those that have begun are
   * done, at most so long. Answers the way to let them begin again.
   */
  rest(most_ms: number): Promise<() => void>;
  /** Resolves when all is given back that ended jobs have used; rejects where that failed. */
  close(): Promise<void>;
};

/**
 * What runs jobs in one process, for as long as it lives: one cap on stores,
 * one network and one limiter of hosts for all of them, whoever starts them;
 * each job has options, headers, policies and work of its own.
 */
export function createRunner(options: RunnerOptions): Runner {
  const { fleet } = options;
  // The window of a fleet is told at once, and whenever it changes.
  const controller = createController(fleet ? 1 : options.concurrency);
  fleet?.onWindow(controller.setCap);
  const bus = createBus();
  const breaks = createBreaks();
  const shared = breaks.between(createSharedEffects());
  const steps = createSteps({
    ...options,
    work: {
      ...options.work,
      log(text, job_id) {
        const place = { store: null, image: null };
        options.work.log({ t: timestamp(shared), type: 'work_log', job_id, ...place, text });
      },
    },
  });
  const looks = new Map<string, () => Snapshot>();
  const givingBack = new Set<Promise<unknown>>();
  const failures: unknown[] = [];

  async function prepare(job: ClaimedJob, signal: AbortSignal): Promise<PreparedJob> {
    if (fleet) return prepareForFleet(job);
    const { saver, ...opened } = await steps.open(job, signal, () => openSaver(job));
    return { ...job, ...opened, isWhole: saver?.isWhole ?? null };
  }

  function start(
    job: OpenJob,
    { signal, listener, key = job.manifest.job_id }: StartOptions,
  ): StartedJob {
    const { manifest, results, resume, takeOver, isWhole, journal, steps } = job;
    const { gathering, ...effects } = steps;
    const reducer = breaks.watch(key, watched(job, key));
    const emit = bus.createEmit({ journal, reducer, own: listener ?? null });
    const kept = { results, reducer: job.reducer, resume, takeOver, isWhole };
    const task = { manifest, ...pathOf(job), options: job.options, ...kept };
    const own = { ...shared, ...effects, emit };
    const stores = chooseStores(job, own, options);
    try {
      const running = controller.start({ ...task, effects: own, stores }, signal, key);
      const forget = gathering?.expect(() => comingOf(running));
      const done = running.done.finally(() => {
        forget?.();
        giveBack({ giveBack: stores.close });
        looks.delete(key);
        breaks.forget(key);
        giveBack(job);
      });
      const batches = gathering?.counts ?? null;
      return { ...running, done, batches, delivered: () => tellDelivered(job, emit) };
    } catch (error) {
      giveBack({ giveBack: stores.close });
      giveBack(job);
      throw error;
    }
  }

  /** The job's reducer, which begins to be looked at when the job begins: what was done before is not of its rate. */
  function watched({ reducer, steps }: OpenJob, key: string): Pick<Reducer, 'apply'> {
    return {
      apply(event, offset) {
        reducer.apply(event, offset);
        if (event.type === 'store_finished') steps.gathering?.recheck();
        if (event.type !== 'job_resumed' && event.type !== 'job_started') return;
        looks.set(key, createSnapshots(reducer, shared.elapsed));
      },
    };
  }

  /** A store has one image at work at a time. */
  function comingOf({ options: { concurrency }, reducer }: Job): Coming {
    const { ongoing, pending } = reducer.summary().stores;
    const largest = () =>
      Math.max(...Array.from(controller.jobs.values(), (job) => job.options.concurrency));
    return {
      ofJob: Math.min(concurrency, ongoing + pending),
      ofAll: options.concurrency ?? largest(),
    };
  }

  async function tellDelivered({ reducer }: OpenJob, emit: Effects['emit']): Promise<void> {
    if (reducer.delivered()) return;
    const t = timestamp(shared);
    await emit({ t, type: 'results_delivered', job_id: reducer.job_id });
  }

  function giveBack(job: Pick<OpenJob, 'giveBack'>): void {
    const given = job
      .giveBack()
      .catch((error: unknown) => failures.push(error))
      .finally(() => givingBack.delete(given));
    givingBack.add(given);
  }

  function snapshot(job_id: string): Snapshot | null {
    return looks.get(job_id)?.() ?? null;
  }

  return {
    ...{ prepare, start, snapshot },
    jobs: controller.jobs,
    activities: controller.activities,
    snapshots: () => Array.from(looks.values(), (look) => look()),
    subscribe: bus.subscribe,
    async rest(most_ms) {
      const [goOn] = await Promise.all([breaks.rest(most_ms), fleet?.rest(most_ms)]);
      return goOn;
    },
    async close() {
      await Promise.all(givingBack);
      const [failure] = failures.splice(0);
      if (failure !== undefined) throw failure;
    },
  };
}

function pathOf({ manifest_path }: OpenJob): { manifest_path?: string } {
  return manifest_path === null ? {} : { manifest_path };
}
