import type { TakenOver } from '../job/take-over.ts';
import type { Manifest, Store } from '../manifest/manifest.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { ImageResult } from '../results/results-schema.ts';
import type { BodyNames } from '../save/body-names.ts';
import { isWholeBody } from '../save/whole-body.ts';
import type { Claim } from '../state/claim.ts';
import type { KeptJob } from '../state/kept-job.ts';
import { previousFiles } from '../state/state-folder.ts';

/** By what an image is known again: its URL, or that without query and fragment, which signatures change. */
export const REUSE_BY = ['url', 'path'] as const;
export type ReuseBy = (typeof REUSE_BY)[number];

/** The earlier run of a job, whose results are taken over. */
export type Reuse = {
  results(): AsyncGenerator<TakenOver>;
  close(): Promise<void>;
};

export type ReuseSettings = { by: ReuseBy; manifest: Manifest; options: JobOptions };

/**
 * Opens the last run of a job, or the one before where the last was killed
 * before it had taken anything over. Null where there is none.
 */
export async function openReuse(
  { files }: Claim,
  { by, manifest, options }: ReuseSettings,
): Promise<Reuse | null> {
  if (!files) return null;
  const { readKeptJob } = await import('../state/kept-job.ts');
  const earlier = (await readKeptJob(files)) ?? (await readKeptJob(previousFiles(files)));
  if (!earlier) return null;
  return {
    results: () => reusedResults(earlier, manifest, { by, options }),
    close: earlier.close,
  };
}

/**
 * The completed results of a run for the images of a manifest: stores match by
 * their id, and images by their URL within the store, the n-th of one with the
 * n-th of the other.
 */
async function* reusedResults(
  earlier: Pick<KeptJob, 'manifest' | 'results' | 'options'>,
  manifest: Manifest,
  { by, options }: Pick<ReuseSettings, 'by' | 'options'>,
): AsyncGenerator<TakenOver> {
  const had = earlier.options;
  const partners = await positionsById(earlier.manifest);
  const names = options.save === null ? null : await loadNames(manifest);
  for (let store = 0; store < manifest.store_count; store += 1) {
    const now = await manifest.store(store);
    const position = partners.get(now.store_id)?.shift();
    if (position === undefined) continue;
    const then = await earlier.manifest.store(position);
    const known = await earlier.results.read(position);
    for (const [image, index] of matchUrls(now.images, then.images, by).entries()) {
      const result = index === null ? undefined : known[index];
      const url = now.images[image];
      if (url === undefined || !result || !isEnough(result, had, options)) continue;
      const { store_id } = now;
      const place = { store, store_id, index: image, url, format: result.format ?? '' };
      // A file under another name than this run would give it could be written over.
      if (names && (result.file !== names(place) || !isThere(result, options))) continue;
      yield { store, image, result: asAsked(result, url, options) };
    }
  }
}

async function loadNames(manifest: Manifest): Promise<BodyNames> {
  const { createBodyNames } = await import('../save/body-names.ts');
  return createBodyNames(manifest);
}

function isThere(result: ImageResult, { save }: JobOptions): boolean {
  return save !== null && isWholeBody(save, result);
}

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

/** Whether a result has all that this run gives. */
function isEnough(result: ImageResult, had: JobOptions, options: JobOptions): boolean {
  if (result.status !== 'completed') return false;
  if (options.digest && result.sha256 === null) return false;
  return options.work === null || options.work === had.work;
}

/** A result as this run would have it, but for times. */
function asAsked(result: ImageResult, url: string, options: JobOptions): ImageResult {
  return {
    ...result,
    url,
    output: options.work === null ? null : result.output,
    sha256: options.digest ? result.sha256 : null,
    file: options.save === null ? null : result.file,
  };
}
