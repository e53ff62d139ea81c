import type { TakenOver } from '../job/take-over.ts';
import type { Manifest, Store } from '../manifest/manifest.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { JobEvent } from '../results/events.ts';
import { createImageMarks, type ImageMarks } from '../results/image-marks.ts';
import type { Reducer } from '../results/reducer.ts';
import type { ImageResult } from '../results/results-schema.ts';
import type { ReusedBodies } from '../save/reused-bodies.ts';
import type { Claim } from '../state/claim.ts';
import type { KeptJob } from '../state/kept-job.ts';
import { type JobFiles, previousFiles } from '../state/state-folder.ts';

/** By what an image is known again: its URL, or that without query and fragment, which signatures change. */
export const REUSE_BY = ['url', 'path'] as const;
export type ReuseBy = (typeof REUSE_BY)[number];

/** The earlier run of a job, whose results are taken over. */
export type Reuse = {
  results(): AsyncGenerator<TakenOver>;
  /** Called when all of them are told; then come `kept`, when they are there to stay, and `close`. */
  told(): Promise<void>;
  kept(): void;
  close(): Promise<void>;
};

export type ReuseSettings = {
  by: ReuseBy;
  manifest: Manifest;
  options: JobOptions;
  fsync: boolean;
};

/**
 * Opens the last run of a job, or the one before where the last was killed
 * before it had taken anything over. Null where there is none.
 */
export async function openReuse({ files }: Claim, settings: ReuseSettings): Promise<Reuse | null> {
  if (!files) return null;
  const earlier =
    (await readEarlier(files, settings)) ?? (await readEarlier(previousFiles(files), settings));
  if (!earlier) return null;
  const { manifest, options, fsync } = settings;
  const bodies = options.save === null ? null : await loadBodies(options.save, manifest);
  return {
    results: () => reusedResults(earlier, bodies, settings),
    async told() {
      if (fsync) await bodies?.sync();
    },
    kept: () => bodies?.forgetFormer(),
    close: earlier.job.close,
  };
}

/** An earlier run, and whether a result of it has all that this run gives but for its file. */
type Earlier = {
  job: KeptJob;
  isEnough(store: number, image: number, result: ImageResult): boolean;
};

async function readEarlier(files: JobFiles, { options }: ReuseSettings): Promise<Earlier | null> {
  const { readKeptJob } = await import('../state/kept-job.ts');
  const ofWork = markWork(options.work);
  const job = await readKeptJob(files, { onEvent: ofWork.onEvent });
  const isEnough: Earlier['isEnough'] = (store, image, result) => {
    if (result.status !== 'completed') return false;
    if (options.digest && result.sha256 === null) return false;
    return options.work === null || ofWork.has(store, image);
  };
  return job && { job, isEnough };
}

/**
 * Which results are of a certain work: a run may have gone on with another
 * one, so that it is known only by what was in force when a result came.
 */
function markWork(work: JobOptions['work']) {
  let inForce: JobOptions['work'] = null;
  let marks: ImageMarks | null = null;
  return {
    onEvent(event: JobEvent, _: Reducer, { image_counts }: Manifest): void {
      if (event.type === 'job_started') inForce = event.options.work;
      if (event.type === 'job_resumed' && event.options.work !== undefined) {
        inForce = event.options.work;
      }
      if (event.type !== 'image_finished') return;
      marks ??= createImageMarks(image_counts);
      marks.set(event.store, event.image, inForce === work);
    },
    has: (store: number, image: number) => marks?.has(store, image) ?? false,
  };
}

async function loadBodies(folder: string, manifest: Manifest): Promise<ReusedBodies> {
  const { createReusedBodies } = await import('../save/reused-bodies.ts');
  return createReusedBodies(folder, manifest);
}

/**
 * The completed results of a run for the images of a manifest: stores match by
 * their id, and images by their URL within the store, the n-th of one with the
 * n-th of the other.
 */
async function* reusedResults(
  { job, isEnough }: Earlier,
  bodies: ReusedBodies | null,
  { by, manifest, options }: ReuseSettings,
): AsyncGenerator<TakenOver> {
  const partners = await positionsById(job.manifest);
  for (let store = 0; store < manifest.store_count; store += 1) {
    const now = await manifest.store(store);
    const position = partners.get(now.store_id)?.shift();
    if (position === undefined) continue;
    const then = await job.manifest.store(position);
    const known = await job.results.read(position);
    for (const [image, index] of matchUrls(now.images, then.images, by).entries()) {
      const earlier = index === null ? undefined : known[index];
      const url = now.images[image];
      if (url === undefined || index === null || !earlier) continue;
      if (!isEnough(position, index, earlier)) continue;
      const result = asAsked(earlier, url, options);
      if (bodies) {
        const { store_id } = now;
        const place = { store, store_id, index: image, url, format: earlier.format ?? '', isTaken };
        result.file = await bodies.take(earlier, place);
        if (result.file === null) continue;
      }
      yield { store, image, result };
    }
  }
}

/** Nothing of this run is there yet. */
const isTaken = () => false;

async function positionsById(manifest: Manifest): Promise<Map<string, number[]>> {
  const positions = new Map<string, number[]>();
  for (let position = 0; position < manifest.store_count; position += 1) {
    const { store_id }: Store = await manifest.store(position);
    const others = positions.get(store_id);
    if (others) others.push(position);
    else positions.set(store_id, [position]);
  }
  return positions;
}

/** For each URL the position of its partner among the earlier ones, or null. The same URL is a better partner than the same path. */
export function matchUrls(
  now: readonly string[],
  then: readonly string[],
  by: ReuseBy,
): (number | null)[] {
  const matched: (number | null)[] = now.map(() => null);
  const taken = new Set<number>();
  const pass = (keyOf: (url: string) => string) => {
    const free = new Map<string, number[]>();
    for (const [index, url] of then.entries()) {
      if (taken.has(index)) continue;
      const key = keyOf(url);
      const others = free.get(key);
      if (others) others.push(index);
      else free.set(key, [index]);
    }
    for (const queue of free.values()) queue.reverse();
    for (const [image, url] of now.entries()) {
      const index = matched[image] === null ? free.get(keyOf(url))?.pop() : undefined;
      if (index === undefined) continue;
      matched[image] = index;
      taken.add(index);
    }
  };
  pass((url) => url);
  if (by === 'path') pass(withoutQuery);
  return matched;
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '');
}

/** A result as this run would have it, but for times and its file. */
function asAsked(result: ImageResult, url: string, options: JobOptions): ImageResult {
  return {
    ...result,
    url,
    output: options.work === null ? null : result.output,
    sha256: options.digest ? result.sha256 : null,
    file: null,
  };
}
