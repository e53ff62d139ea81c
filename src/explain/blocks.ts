import { formatCounted } from '../terminal/numbers.ts';
import type { Style } from '../terminal/style.ts';
import { explainedJob } from './explained-job.ts';
import { type ExplainedJob, imageLines, jobLines, otherLines, storeLines } from './explanation.ts';
import { eachWithFacts, type Subject } from './facts.ts';
import { type Found, type FoundImage, findCauses, findFailed } from './findings.ts';

/** An explanation for people: blocks of lines, between which a line is left empty. */

const MAX_CAUSES = 10;

type HowMany = {
  /** Every failed image, and not only the first of each cause. */
  all: boolean;
  style: Style;
};

/** The job, and each cause of failures with its first image. */
export async function* jobBlocks(
  subject: Subject,
  { all, style }: HowMany,
): AsyncGenerator<string[]> {
  const { list, ungrouped, skippedAfter } = await findCauses(subject.document);
  const job = await explainedJob(subject, null, style);
  yield jobLines(job, { skippedAfter });
  if (all) {
    yield* imageBlocks(subject, findFailed(subject.document), job);
    return;
  }
  const shown = list.slice(0, MAX_CAUSES);
  const firsts = new Map(shown.map((cause) => [cause.first, cause]));
  for await (const [foundImage, facts] of eachWithFacts(subject, firsts.keys())) {
    const cause = firsts.get(foundImage);
    yield [...imageLines(foundImage, facts, job), ...(cause ? otherLines(cause) : [])];
  }
  const rest = list.slice(MAX_CAUSES).reduce((sum, { count }) => sum + count, ungrouped);
  if (rest > 0) yield [`… and ${formatCounted(rest, 'failure')} of other causes`];
}

async function* imageBlocks(
  subject: Subject,
  images: Iterable<FoundImage> | AsyncIterable<FoundImage>,
  job: ExplainedJob,
): AsyncGenerator<string[]> {
  for await (const [foundImage, facts] of eachWithFacts(subject, images)) {
    yield imageLines(foundImage, facts, job);
  }
}

/** What was found, store by store or image by image. */
export async function* foundBlocks(
  subject: Subject,
  found: Found,
  style: Style,
): AsyncGenerator<string[]> {
  const job = await explainedJob(subject, found.onlyFailed, style);
  // A store's id is tried first.
  for (const store of found.stores) {
    yield storeLines(store, job);
    yield* imageBlocks(subject, store.failed, job);
  }
  if (found.stores.length === 0) yield* imageBlocks(subject, found.images, job);
  yield* moreBlocks(found);
}

/** What is left out of very many. */
function moreBlocks({ stores, storeCount, images, imageCount }: Found): string[][] {
  if (stores.length === 0) {
    const more = imageCount - images.length;
    return more > 0 ? [[`… and ${formatCounted(more, 'more image')} with this URL`]] : [];
  }
  const moreStores = storeCount - stores.length;
  const moreFailed = stores.reduce((sum, one) => sum + one.failedCount - one.failed.length, 0);
  return [
    ...(moreFailed > 0 ? [[`… and ${formatCounted(moreFailed, 'more failed image')}`]] : []),
    ...(moreStores > 0 ? [[`… and ${formatCounted(moreStores, 'more store')} of this id`]] : []),
  ];
}
