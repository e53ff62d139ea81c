import type { Network } from '../download/network.ts';
import { createController, type Job } from '../job/controller.ts';
import type { Effects } from '../job/effects.ts';
import type { SlotActivity } from '../job/slots.ts';
import { countImages } from '../manifest/manifest.ts';
import type { Reducer } from '../results/reducer.ts';
import { createSnapshots, type Snapshot } from '../results/snapshot.ts';
import type { BodySaver } from '../save/body-saver.ts';
import { timestamp } from '../time.ts';
import { createBus, type Listener } from './bus.ts';
import { createWorkChoice, type WorkOptions, type WorkStep } from './choose-work.ts';
import { createFetchStep, createSharedEffects, type FetchStep, NO_FETCH_STEP } from './effects.ts';
import { limitConnections, openFilesNeed } from './open-files.ts';
import type { ClaimedJob, OpenJob, PreparedJob } from './open-job.ts';

export type RunnerOptions = {
  /** Most stores at once, of all jobs together; null for the largest that a running job has. */
  concurrency: number | null;
  /** The environment: names the proxies. */
  env: Record<string, string | undefined>;
  /** Of work that a module does. */
  work: WorkOptions;
};

export type StartOptions = {
  /** Aborted to stop the job; the reason is the name of the signal that did it (`SIGINT`). */
  signal: AbortSignal;
  /** Whoever is told the events of this job alone. */
  listener?: Listener;
  /** In place of the job's id, where two runs of one job go on at once. */
  key?: string;
};

/** A job that runs, and the way to write down that its results are where they were to go. */
export type StartedJob = Job & { delivered(): Promise<void> };

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
  /** Resolves when all is given back that ended jobs have used; rejects where that failed. */
  close(): Promise<void>;
};

async function openSaver({ options, manifest, fsync }: ClaimedJob): Promise<BodySaver | null> {
  if (options.save === null) return null;
  const { openBodySaver } = await import('../save/body-saver.ts');
  return openBodySaver({ folder: options.save, manifest, fsync });
}

/**
 * What runs jobs in one process, for as long as it lives: one cap on stores,
 * one network and one limiter of hosts for all of them, whoever starts them;
 * each job has options, headers, policies and work of its own.
 */
export function createRunner(options: RunnerOptions): Runner {
  const controller = createController(options.concurrency);
  const bus = createBus();
  const shared = createSharedEffects();
  const chooseWork = createWorkChoice(options.work);
  const looks = new Map<string, () => Snapshot>();
  /** The jobs that are being prepared, are ready, or run. */
  const held = new Set<ClaimedJob>();
  const givingBack = new Set<Promise<unknown>>();
  const failures: unknown[] = [];
  let network: Network | null = null;

  async function prepare(job: ClaimedJob, signal: AbortSignal): Promise<PreparedJob> {
    held.add(job);
    let fetch = NO_FETCH_STEP;
    let saver: BodySaver | null = null;
    let work: WorkStep | null = null;
    const giveBack = async () => {
      held.delete(job);
      adaptConnections();
      await Promise.all([fetch.close(), work?.close()]);
      await saver?.close();
    };
    try {
      work =
        job.work ?? (await chooseWork(job.fetches ? job.options : { ...job.options, work: null }));
      if (job.fetches && countImages(job.manifest) > 0) {
        saver = await openSaver(job);
        fetch = await openNetwork(job, { keepsBodies: work.keepsBodies, saver, signal });
      }
      const steps = { fetch: fetch.fetch, work: work.work };
      return { ...job, steps, isWhole: saver?.isWhole ?? null, giveBack };
    } catch (error) {
      await giveBack();
      throw error;
    }
  }

  async function openNetwork(
    job: ClaimedJob,
    given: { keepsBodies: boolean; saver: BodySaver | null; signal: AbortSignal },
  ): Promise<FetchStep> {
    const { createNetwork } = await import('../download/network.ts');
    network ??= createNetwork({ env: options.env });
    adaptConnections();
    return createFetchStep(network, job.options, { headers: job.headers, ...given });
  }

  /** As many as the stores can use that may run at once, within what the system allows. */
  function adaptConnections(): void {
    if (!network || held.size === 0) return;
    const need = openFilesNeed([...held], options.concurrency);
    network.setMostConnections(limitConnections(need).max_connections);
  }

  function start(
    job: OpenJob,
    { signal, listener, key = job.manifest.job_id }: StartOptions,
  ): StartedJob {
    const { manifest, results, resume, takeOver, isWhole, journal, steps } = job;
    const emit = bus.createEmit({ journal, reducer: watched(job, key), own: listener ?? null });
    const task = {
      manifest,
      options: job.options,
      results,
      reducer: job.reducer,
      resume,
      takeOver,
      isWhole,
    };
    try {
      const running = controller.start(
        { ...task, effects: { ...shared, ...steps, emit } },
        signal,
        key,
      );
      const done = running.done.finally(() => {
        looks.delete(key);
        giveBack(job);
      });
      return { ...running, done, delivered: () => tellDelivered(job, emit) };
    } catch (error) {
      giveBack(job);
      throw error;
    }
  }

  /** The job's reducer, which begins to be looked at when the job begins: what was done before is not of its rate. */
  function watched({ reducer }: OpenJob, key: string): Pick<Reducer, 'apply'> {
    return {
      apply(event, offset) {
        reducer.apply(event, offset);
        if (event.type !== 'job_resumed' && event.type !== 'job_started') return;
        looks.set(key, createSnapshots(reducer, shared.elapsed));
      },
    };
  }

  async function tellDelivered({ reducer }: OpenJob, emit: Effects['emit']): Promise<void> {
    if (reducer.delivered()) return;
    const t = timestamp(shared);
    await emit({ t, type: 'results_delivered', job_id: reducer.job_id });
  }

  function giveBack(job: PreparedJob | OpenJob): void {
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
    async close() {
      await Promise.all(givingBack);
      const [failure] = failures.splice(0);
      if (failure !== undefined) throw failure;
    },
  };
}
