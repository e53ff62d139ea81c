import { MAX_URL_LENGTH, parseTarget } from '../download/target.ts';
import { EXIT } from '../errors.ts';
import { printLines } from '../files/print.ts';
import { countImages, type Manifest } from '../manifest/manifest.ts';
import { type ManifestFormat, printProblems, readManifests } from '../manifest/read-all.ts';
import { type Counted, type PlanFacts, planLines, type ScheduleFacts } from '../plan/plan-lines.ts';
import { makespan, usefulCap } from '../plan/schedule.ts';
import type { ReadInput } from '../runner/open-job.ts';
import { log } from '../terminal/log.ts';
import { detectStyle } from '../terminal/style.ts';

const MAX_HOSTS = 10;
const MAX_REPEATED = 3;
/** A URL and its count take 0.2 kB (measured): in all less than a gigabyte, however large the manifest. */
const MAX_WATCHED = 4_000_000;

export type PlanOptions = {
  concurrency: number;
  /** The largest concurrency there may be. */
  max_concurrency: number;
  sleep_ms: number;
  manifestFormat: ManifestFormat;
};

/** `imgjob plan <manifest>`: what the job is made of, and how long it takes at least. Answers 0 or 2. */
export async function plan(path: string, options: PlanOptions): Promise<number> {
  const { inputs, warnings, problems } = await readManifests([path], {
    format: options.manifestFormat,
    stdin: process.stdin,
    job_id: null,
  });
  if (problems.length > 0) {
    printProblems(problems);
    return EXIT.usage;
  }
  for (const warning of warnings) log(`warning: ${warning}`);
  const style = detectStyle(process.stdout, process.env);
  for (const input of inputs) {
    const facts = await gatherFacts(input, options);
    await printLines(planLines(facts, style));
  }
  return EXIT.ok;
}

async function gatherFacts(input: ReadInput, options: PlanOptions): Promise<PlanFacts> {
  const { manifest, text } = input;
  text.release();
  try {
    const { store_count, image_counts } = manifest;
    return {
      name: nameOf(input),
      stores: store_count,
      empty_stores: image_counts.reduce((empty, count) => empty + (count === 0 ? 1 : 0), 0),
      images: countImages(manifest),
      ...(await surveyUrls(manifest, MAX_WATCHED)),
      longest: await longestStore(manifest),
      schedule: scheduleOf(image_counts, options),
    };
  } finally {
    await manifest.close();
  }
}

/** A made-up id would be another one each time. */
function nameOf({ manifest, named, path }: ReadInput): string {
  if (named) return manifest.job_id;
  return path === '-' ? 'standard input' : path;
}

async function longestStore(manifest: Manifest): Promise<PlanFacts['longest']> {
  const { image_counts } = manifest;
  const images = image_counts.reduce((most, count) => Math.max(most, count), 0);
  if (images === 0) return null;
  const { store_id } = await manifest.store(image_counts.indexOf(images));
  return { store_id, images };
}

function scheduleOf(
  image_counts: Uint32Array,
  { concurrency: cap, max_concurrency: max_cap, sleep_ms }: PlanOptions,
): ScheduleFacts {
  const useful_cap = usefulCap(image_counts);
  const best_time = makespan(image_counts, Math.min(useful_cap, max_cap));
  return { sleep_ms, cap, time: makespan(image_counts, cap), useful_cap, max_cap, best_time };
}

type RepeatFacts = Pick<PlanFacts, 'repeated' | 'repeats' | 'watched_urls'>;
type UrlFacts = Pick<PlanFacts, 'hosts' | 'bad_urls'> & RepeatFacts;

/** Goes through all URLs once; `maxWatched` different ones are watched for repeats. */
export async function surveyUrls(manifest: Manifest, maxWatched: number): Promise<UrlFacts> {
  const hostOf = createHostReader();
  const hosts = new Map<string, number>();
  const watch = watchRepeats(maxWatched);
  let bad_urls = 0;
  for (let position = 0; position < manifest.store_count; position += 1) {
    const { images } = await manifest.store(position);
    for (const url of images) {
      const host = hostOf(url);
      if (host === null) bad_urls += 1;
      else hosts.set(host, (hosts.get(host) ?? 0) + 1);
      watch.add(url);
    }
  }
  const top = mostFrequent(hosts, MAX_HOSTS);
  return { hosts: { total: hosts.size, top }, bad_urls, ...watch.facts() };
}

/**
 * Counts URLs, compared as they are written. Only so many different ones are
 * kept: a manifest may be larger than memory.
 */
function watchRepeats(maxWatched: number): { add(url: string): void; facts(): RepeatFacts } {
  const counts = new Map<string, number>();
  let repeats = 0;
  let isWhole = true;
  return {
    add(url) {
      const before = counts.get(url);
      if (before !== undefined) repeats += 1;
      if (before !== undefined || counts.size < maxWatched) counts.set(url, (before ?? 0) + 1);
      else isWhole = false;
    },
    facts() {
      const top = mostFrequent(counts, MAX_REPEATED, 2);
      const watched_urls = isWhole ? null : maxWatched;
      return { repeated: { total: countRepeated(counts), top }, repeats, watched_urls };
    },
  };
}

/**
 * Tells the host of a URL, with its port where it is not the scheme's, or null
 * of one that can't be fetched. After an origin that was right once nothing
 * can be wrong any more but the length (as in validate.ts), and most URLs
 * share theirs.
 */
function createHostReader(): (url: string) => string | null {
  const known = new Map<string, string>();
  return (url) => {
    const origin = /^https?:\/\/[a-z0-9.:-]+\//.exec(url)?.[0] ?? '';
    const host = known.get(origin);
    if (host !== undefined && url.length <= MAX_URL_LENGTH) return host;
    const target = parseTarget(url);
    if ('code' in target) return null;
    if (origin !== '') known.set(origin, target.host);
    return target.host;
  };
}

/** Those that occur most, at least `least` times; of equals the first to come. */
function mostFrequent(counts: Map<string, number>, most: number, least = 1): Counted[] {
  const top: Counted[] = [];
  let needed = least;
  for (const [text, count] of counts) {
    if (count < needed) continue;
    top.push({ text, count });
    top.sort((a, b) => b.count - a.count);
    if (top.length > most) top.pop();
    // An equal that comes later has no place.
    if (top.length === most) needed = (top.at(-1)?.count ?? 0) + 1;
  }
  return top;
}

function countRepeated(counts: Map<string, number>): number {
  let repeated = 0;
  for (const count of counts.values()) if (count > 1) repeated += 1;
  return repeated;
}
