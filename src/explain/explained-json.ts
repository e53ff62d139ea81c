import { shellWord } from '../terminal/shell-word.ts';
import type { Style } from '../terminal/style.ts';
import { explainedJob } from './explained-job.ts';
import { changesOf, type ExplainedJob, type ImageFacts } from './explanation.ts';
import { eachWithFacts, type Subject } from './facts.ts';
import {
  type Cause,
  type Found,
  type FoundImage,
  type FoundStore,
  findCauses,
  findFailed,
} from './findings.ts';

/**
 * An explanation for programs: what its lines say, as values. Keys come in
 * this order, and those of results mean what they mean there; positions count
 * from 0.
 */
type Fields = Record<string, unknown>;

/** No terminal shows it. */
const PLAIN: Style = { unicode: true, color: false };

/** The job, and each cause of failures with its first image, or with all of them. */
export async function jobExplained(subject: Subject, all: boolean): Promise<Fields> {
  const { document } = subject;
  const { list } = await findCauses(document);
  const job = await explainedJob(subject, null, PLAIN);
  const shown = all ? findFailed(document) : list.map(({ first }) => first);
  const images = eachImage(subject, shown, job);
  return { ...jobFields(job), causes: list.map(causeFields), images };
}

/** What was found: of stores the images that failed. */
export async function foundExplained(subject: Subject, found: Found): Promise<Fields> {
  const job = await explainedJob(subject, found.onlyFailed, PLAIN);
  const { stores, storeCount, imageCount } = found;
  const shown = stores.length > 0 ? stores.flatMap(({ failed }) => failed) : found.images;
  return {
    ...jobFields(job),
    ...{ found_stores: storeCount, found_images: imageCount },
    stores: stores.map(storeFields),
    images: eachImage(subject, shown, job),
  };
}

async function* eachImage(
  subject: Subject,
  images: Iterable<FoundImage> | AsyncIterable<FoundImage>,
  job: ExplainedJob,
): AsyncGenerator<Fields> {
  for await (const [foundImage, facts] of eachWithFacts(subject, images)) {
    yield imageFields(foundImage, facts, job);
  }
}

function jobFields({ head, word, goOn, goesOnByCommand }: ExplainedJob): Fields {
  const { job_id, status, started_at, finished_at, duration_ms, summary } = head;
  return {
    schema_version: 1,
    ...{ job_id, status, state: status === 'ongoing' ? word : status },
    ...{ started_at, finished_at, duration_ms, summary },
    go_on: status === 'ongoing' && goesOnByCommand ? goOn : null,
  };
}

/** Failures that have their cause in common, and the first of them. */
function causeFields({ error, count, first }: Cause): Fields {
  const { code, http_status, host } = error;
  const { store_id, store, image } = first;
  return { code, http_status, host, failures: count, first: { store_id, store, image } };
}

function storeFields(found: FoundStore): Fields {
  const { store_id, store, status, started_at, duration_ms, images } = found;
  return {
    ...{ store_id, store, status, started_at, duration_ms, images },
    completed: found.completed.count,
    failed: found.failedCount,
    skipped: found.skipped,
    pending: found.pending,
  };
}

/** All that is known of one image; `retries` is null where no journal tells of them. */
function imageFields(found: FoundImage, facts: ImageFacts, job: ExplainedJob): Fields {
  const { store_id, store, image, result, skipped, stopper } = found;
  const changes = changesOf(found, facts).map((change) => ({
    what: change.what,
    by: change.by,
    options: change.options.map(shellWord),
    command: commandOf(job.again(change)),
  }));
  return {
    ...{ store_id, store, image, ...result },
    reason: facts.reason,
    retries:
      facts.retries?.map(
        ({ type: _, job_id: _job, store: _store, image: _image, ...retry }) => retry,
      ) ?? null,
    stopped_by: stopper && { image: stopper.image, error: stopper.error },
    skipped_after: skipped,
    manifest: facts.place,
    repeat: facts.repeat,
    changes,
  };
}

function commandOf({ text, isCommand }: ReturnType<ExplainedJob['again']>): string | null {
  return isCommand ? text : null;
}
