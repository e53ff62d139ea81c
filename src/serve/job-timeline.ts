import { createTimeline } from '../html/timeline.ts';
import type { TimelineView } from '../pages/views.ts';
import { type DocumentSource, documentHead } from '../results/document.ts';
import type { JobRecord } from '../service/job-record.ts';
import { openSource } from '../service/job-source.ts';
import { parseTime } from '../time.ts';
import type { ServeContext } from './context.ts';

/** Of so many images a timeline is laid out in a tenth of a second, in which nothing else is done. */
const MOST_IMAGES = 10_000;
/** Each read waits for its turn beside what runs, and takes its part of one. */
const STORES_AT_ONCE = 20;

/** The timeline of a job so far: of the stores that began last, where there are many. */
export async function jobTimeline(
  { service, state }: ServeContext,
  record: JobRecord,
): Promise<TimelineView> {
  const { source, release } = await openSource(service, state, record);
  try {
    const head = documentHead(source);
    const { stores, images, begun_ms } = lastStores(source);
    const builder = createTimeline(Math.min(head.duration_ms, Date.now() - begun_ms));
    for (let first = 0; first < stores.length; first += STORES_AT_ONCE) {
      const reads = stores.slice(first, first + STORES_AT_ONCE).map(async (position) => {
        const { store_id } = await source.manifest.store(position);
        return { store_id, images: await source.results.read(position) };
      });
      for (const store of await Promise.all(reads)) builder.add(store);
    }
    return { timeline: builder.timeline(), head, last_images: images };
  } finally {
    await release();
  }
}

/** The stores that began last, in manifest order; how many images they have, or null where these are all. */
function lastStores({ manifest, reducer }: DocumentSource) {
  const begun: { position: number; began: number }[] = [];
  for (let position = 0; position < manifest.store_count; position += 1) {
    const { started_at } = reducer.store(position);
    if (started_at !== null) begun.push({ position, began: parseTime(started_at) });
  }
  begun.sort((a, b) => b.began - a.began);
  let images = 0;
  const last = begun.filter(({ position }) => {
    if (images >= MOST_IMAGES) return false;
    images += manifest.image_counts[position] ?? 0;
    return true;
  });
  return {
    stores: last.map(({ position }) => position).sort((a, b) => a - b),
    images: last.length === begun.length ? null : images,
    begun_ms: last.at(-1)?.began ?? 0,
  };
}
