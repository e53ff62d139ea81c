import { isFetchableLike, parseTarget } from '../download/target.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { Counted, PlanFacts } from './plan-lines.ts';

const MAX_HOSTS = 10;
const MAX_REPEATED = 3;

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
 * of one that can't be fetched. After an origin that was right once little can
 * be wrong any more (as in validate.ts), and most URLs share theirs.
 */
function createHostReader(): (url: string) => string | null {
  const known = new Map<string, string>();
  return (url) => {
    const origin = /^https?:\/\/[a-z0-9.:-]+\//.exec(url)?.[0] ?? '';
    const host = known.get(origin);
    if (host !== undefined && isFetchableLike(url)) return host;
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
