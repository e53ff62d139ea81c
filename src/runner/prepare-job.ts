import type { Network } from '../download/network.ts';
import { countImages } from '../manifest/manifest.ts';
import type { BodySaver } from '../save/body-saver.ts';
import type { createWorkChoice, WorkedJob, WorkStep } from './choose-work.ts';
import { createFetchStep, type FetchStep, NO_FETCH_STEP } from './effects.ts';
import { limitConnections, openFilesNeed } from './open-files.ts';
import type { ClaimedJob, PreparedJob } from './open-job.ts';
import { openSaver } from './open-saver.ts';

/** Loads what downloads take, while a thread loads what work takes. */
async function loadDownloads(): Promise<void> {
  // The thread begins first.
  await new Promise((resolve) => setImmediate(resolve));
  await Promise.all([import('../download/network.ts'), import('./fetch-image.ts')]);
}

/** What the jobs of a runner share, and what its process allows them. */
type Shared = {
  /** Most stores at once, of all jobs together; null for the largest that a job has. */
  concurrency: number | null;
  /** The environment: names the proxies. */
  env: Record<string, string | undefined>;
};

/** Loads what claimed jobs take: the one network of all of them, under the options of each, and its work. */
export function createPreparation(
  { concurrency, env }: Shared,
  chooseWork: ReturnType<typeof createWorkChoice>,
) {
  /** The jobs that are being prepared, are ready, or run. */
  const held = new Set<ClaimedJob>();
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
      const hasImages = job.fetches && countImages(job.manifest) > 0;
      const choosing = job.work ?? chooseWork(workedJob(job, signal));
      if (hasImages && job.options.work !== null) void loadDownloads();
      work = await choosing;
      if (hasImages) {
        saver = await openSaver(job);
        fetch = await openNetwork(job, { keepsBodies: work.keepsBodies, saver, signal });
      }
      const { isWhole = null, unsave = null } = saver ?? {};
      const steps = { fetch: fetch.fetch, work: work.work, unsave, gathering: work.gathering };
      return { ...job, steps, isWhole, giveBack };
    } catch (error) {
      await giveBack();
      throw error;
    }
  }

  /** With nothing to fetch there is nothing to work on either. */
  function workedJob({ options, manifest, fetches }: ClaimedJob, signal: AbortSignal): WorkedJob {
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
    job: ClaimedJob,
    given: { keepsBodies: boolean; saver: BodySaver | null; signal: AbortSignal },
  ): Promise<FetchStep> {
    const { createNetwork } = await import('../download/network.ts');
    network ??= createNetwork({ env });
    adaptConnections();
    return createFetchStep(network, job.options, { headers: job.headers, ...given });
  }

  /** As many as the stores can use that may run at once, within what the system allows. */
  function adaptConnections(): void {
    if (!network || held.size === 0) return;
    const need = openFilesNeed([...held], concurrency);
    network.setMostConnections(limitConnections(need).max_connections);
  }

  return prepare;
}
