import type { ResultsDocument } from '../results/document.ts';
import { createFailureGroups, type FailureGroup, type FailureGroups } from '../results/failures.ts';
import type { ResultsHead, StoreResult } from '../results/results-schema.ts';
import { parseTime } from '../time.ts';
import type { Turns } from '../turns.ts';
import { type Distribution, distributionOf } from './distribution.ts';
import { createHostTimes, type HostTimes } from './host-times.ts';
import { createPictureSizes, type PictureSizes } from './picture-sizes.ts';
import { createPictureWatch, type RepeatedPictures } from './repeated-pictures.ts';
import { createSlowestStores, type StoreDuration } from './slowest-stores.ts';
import { createTable, type Table, type TableOptions } from './table.ts';
import { createTimeline, type Timeline } from './timeline.ts';

/** How many of the slowest stores and hosts are shown. */
const MOST_SLOWEST = 10;
const FAILURES = { groups: 200, samples: 50 };

/** All that a report says of a job, before it is a page. */
export type Survey = {
  head: Omit<ResultsHead, 'errors'>;
  timeline: Timeline;
  slowest: StoreDuration[];
  hosts: { slowest: HostTimes[]; count: number; hasMore: boolean };
  failures: { groups: FailureGroup[]; ungrouped: number };
  /** Of completed images: milliseconds of the last attempt, bytes. */
  downloads: Distribution;
  sizes: Distribution;
  pictures: PictureSizes;
  repeated: RepeatedPictures;
  table: Table;
};

export type SurveyOptions = {
  /** Kept where there are any. */
  turns?: Turns | null;
  pictures?: TableOptions['pictures'];
};

/** Reads a document once, and again where pictures came more than once. What is kept of a job of any size is bounded, but for some numbers an image. */
export async function surveyOf(
  document: ResultsDocument,
  { turns = null, pictures: asked = null }: SurveyOptions = {},
): Promise<Survey> {
  const { head, stores } = document;
  const { images } = head.summary;
  const timeline = createTimeline(
    head.duration_ms,
    head.started_at === null ? 0 : parseTime(head.started_at),
  );
  const slowest = createSlowestStores(MOST_SLOWEST);
  const hosts = createHostTimes();
  const failures = createFailureGroups(FAILURES);
  const table = createTable({ images: images.total, failed: images.failed, pictures: asked });
  const watch = createPictureWatch();
  const pictures = createPictureSizes();
  const downloads: number[] = [];
  const sizes: number[] = [];
  let position = 0;
  for await (const store of stores()) {
    for (const reader of [timeline, slowest, hosts, table, watch, pictures]) reader.add(store);
    addFailures(failures, store, position);
    for (const { download_ms, bytes, status } of store.images) {
      if (status !== 'completed') continue;
      if (download_ms !== null) downloads.push(download_ms);
      if (bytes !== null) sizes.push(bytes);
    }
    position += 1;
  }
  const inTurn = async <T>(work: () => T): Promise<T> => {
    await turns?.over();
    return work();
  };
  return {
    head,
    timeline: await timeline.timeline(turns),
    slowest: slowest.list(),
    hosts: {
      slowest: hosts.slowest(MOST_SLOWEST),
      count: hosts.count(),
      hasMore: hosts.hasMore(),
    },
    failures: { groups: failures.list(), ungrouped: failures.ungrouped() },
    downloads: await inTurn(() => distributionOf(Float64Array.from(downloads))),
    sizes: await inTurn(() => distributionOf(Float64Array.from(sizes))),
    pictures: await pictures.sizes(turns),
    repeated: await (await inTurn(() => watch)).repeated(document),
    table: table.table(),
  };
}

function addFailures(
  failures: FailureGroups,
  { store_id, images }: StoreResult,
  store: number,
): void {
  for (const [image, { url, error }] of images.entries()) {
    if (!error) continue;
    const { message } = error;
    failures.add(error, { store, store_id, image, images: images.length, url, message });
  }
}
