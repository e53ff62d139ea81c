import type { Network } from '../download/network.ts';
import { createController, type Job } from '../job/controller.ts';
import type { Effects } from '../job/effects.ts';
import type { SlotActivity } from '../job/slots.ts';
import { createSnapshots, type Snapshot } from '../results/snapshot.ts';
import { createBus, type Listener } from './bus.ts';
import { createWorkChoice, type WorkOptions } from './choose-work.ts';
import { createFetchStep, createSharedEffects, type FetchStep, NO_FETCH_STEP } from './effects.ts';
import { limitConnections } from './open-files.ts';
import type { ClaimedJob, OpenJob } from './open-job.ts';

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

export type Runner = {
  /** Makes a claimed job ready: loads what it takes, then opens what keeps it. Nothing was started if it throws. */
  open(job: ClaimedJob): Promise<OpenJob>;
  /** Starts a job: any number, at any time. Throws `usage` while one of its id runs. */
  start(job: OpenJob, options: StartOptions): Job;
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
  /** Resolves when all that jobs have used is given back; none may run any more. */
  close(): Promise<void>;
};

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
  /** The jobs that are open, whether they run or not. */
  const opened = new Set<OpenJob>();
  const closing = new Set<Promise<unknown>>();
  let network: Network | null = null;

  async function open(job: ClaimedJob): Promise<OpenJob> {
    const work =
      job.work ?? (await chooseWork(job.fetches ? job.options : { ...job.options, work: null }));
    let fetch = NO_FETCH_STEP;
    const giveBack = async () => {
      await Promise.all([fetch.close(), work.close()]);
    };
    try {
      if (job.fetches) fetch = await openNetwork(job, work.keepsBodies);
      const steps = { fetch: fetch.fetch, work: work.work };
      const open = { ...job, ...(await job.open()), steps, giveBack };
      opened.add(open);
      return open;
    } catch (error) {
      await giveBack();
      throw error;
    }
  }

  async function openNetwork(job: ClaimedJob, keepsBodies: boolean): Promise<FetchStep> {
    const { createNetwork } = await import('../download/network.ts');
    network ??= createNetwork({ env: options.env });
    network.setMostConnections(mostConnections(job));
    return createFetchStep(network, job.options, { headers: job.headers, keepsBodies });
  }

  /** As many as the stores can use that may run at once, within what the system allows. */
  function mostConnections(job: ClaimedJob): number {
    let stores = 0;
    let largest = 0;
    for (const { manifest, options } of [...opened, job]) {
      stores += manifest.store_count;
      largest = Math.max(largest, options.concurrency);
    }
    return limitConnections(Math.min(options.concurrency ?? largest, stores)).max_connections;
  }

  function start(job: OpenJob, { signal, listener, key }: StartOptions): Job {
    const { manifest, results, reducer, resume, journal, steps } = job;
    const tell = bus.createEmit({ journal, reducer, own: listener ?? null });
    const { job_id } = manifest;
    const emit: Effects['emit'] = (event) => {
      const told = tell(event);
      // What was done before the job goes on is not of its rate.
      if (event.type === 'job_resumed' || event.type === 'job_started') {
        looks.set(key ?? job_id, createSnapshots(reducer, shared.elapsed));
      }
      return told;
    };
    const effects: Effects = { ...shared, ...steps, emit };
    const task = { manifest, options: job.options, results, reducer, resume, effects };
    const running = controller.start(task, signal, key);
    const done = running.done.finally(() => {
      looks.delete(key ?? job_id);
      opened.delete(job);
      close(job);
    });
    return { ...running, done };
  }

  function close(job: OpenJob): void {
    const closed = job.giveBack().finally(() => closing.delete(closed));
    closing.add(closed);
  }

  function snapshot(job_id: string): Snapshot | null {
    return looks.get(job_id)?.() ?? null;
  }

  return {
    ...{ open, start, snapshot },
    jobs: controller.jobs,
    activities: controller.activities,
    snapshots: () => Array.from(looks.values(), (look) => look()),
    subscribe: bus.subscribe,
    async close() {
      for (const job of opened) close(job);
      opened.clear();
      await Promise.all(closing);
    },
  };
}
