import type { HostLimiter } from '../download/host-limiter.ts';
import type { Network } from '../download/network.ts';
import { countImages, type Manifest } from '../manifest/manifest.ts';
import type { BodySaver } from '../save/body-saver.ts';
import {
  createWorkChoice,
  type WorkedJob,
  type WorkOptions,
  type WorkStep,
} from './choose-work.ts';
import { createFetchStep, type FetchStep, NO_FETCH_STEP } from './effects.ts';
import { limitConnections, openFilesNeed } from './open-files.ts';
import type { ClaimedJob, PreparedJob } from './open-job.ts';

/** What is known of a job whose images are to be done here. */
export type SteppedJob = Pick<ClaimedJob, 'options' | 'headers' | 'fetches' | 'work'> & {
  manifest: Pick<Manifest, 'job_id' | 'store_count' | 'image_counts'>;
};

/** What is done to the images of a job, and the way to give back what that uses. */
export type OpenSteps = Pick<PreparedJob, 'steps' | 'giveBack'>;

export type StepsOptions = {
  /** Most stores at once, of all jobs together; null for the largest that a job has. */
  concurrency: number | null;
  /** The environment: names the proxies. */
  env: Record<string, string | undefined>;
  work: Omit<WorkOptions, 'env'>;
  /** Of hosts, where it is not for this process alone. */
  limiter?: HostLimiter | undefined;
};

/** Loads what downloads take, while a thread loads what work takes. */
async function loadDownloads(): Promise<void> {
  // The thread begins first.
  await new Promise((resolve) => setImmediate(resolve));
  await Promise.all([import('../download/network.ts'), import('./fetch-image.ts')]);
}

/**
 * What the jobs of a process do to their images: one network for all of them,
 * under the options of each, and work that is shared where it is the same.
 * Throws `usage` where the options of a job can't be followed; the signal ends
 * what may wait forever (`stopped`).
 */
export function createSteps({ concurrency, env, work: working, limiter }: StepsOptions) {
  const chooseWork = createWorkChoice({ ...working, env });
  /** The jobs that are being prepared, are ready, or run. */
  const held = new Set<SteppedJob>();
  let network: Network | null = null;

  /** What keeps bodies is opened when there is something to fetch, and closed with the rest. */
  async function open(
    job: SteppedJob,
    signal: AbortSignal,
    openSaver: () => Promise<BodySaver | null> = async () => null,
  ): Promise<OpenSteps & { saver: BodySaver | null }> {
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
      const hasImages = job.fetches && countImages(job.manifest) > 0;
      const choosing = job.work ?? chooseWork(workedJob(job, signal));
      if (hasImages && job.options.work !== null) void loadDownloads();
      work = await choosing;
      if (hasImages) {
        saver = await openSaver();
        fetch = await openNetwork(job, { keepsBodies: work.keepsBodies, saver, signal });
      }
      const unsave = saver?.unsave ?? null;
      const steps = { fetch: fetch.fetch, work: work.work, unsave, gathering: work.gathering };
      return { steps, saver, giveBack };
    } catch (error) {
      await giveBack();
      throw error;
    }
  }

  /** With nothing to fetch there is nothing to work on either. */
  function workedJob({ options, manifest, fetches }: SteppedJob, signal: AbortSignal): WorkedJob {
    const stores = manifest.image_counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
    const isIdle = !fetches || stores === 0;
    return {
      job_id: manifest.job_id,
      options: isIdle ? { ...options, work: null } : options,
      images: Math.min(options.concurrency, stores),
      signal,
    };
  }

  async function openNetwork(
    job: SteppedJob,
    given: { keepsBodies: boolean; saver: BodySaver | null; signal: AbortSignal },
  ): Promise<FetchStep> {
    const { createNetwork } = await import('../download/network.ts');
    network ??= createNetwork({ env, limiter });
    adaptConnections();
    return createFetchStep(network, job.options, { headers: job.headers, ...given });
  }

  /** As many as the stores can use that may run at once, within what the system allows. */
  function adaptConnections(): void {
    if (!network || held.size === 0) return;
    const need = openFilesNeed([...held], concurrency);
    network.setMostConnections(limitConnections(need).max_connections);
  }

  return { open };
}
