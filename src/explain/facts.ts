import { DEFAULTS } from '../options/defaults.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { ResultsDocument } from '../results/document.ts';
import type { ImageResult } from '../results/results-schema.ts';
import type { State } from '../state/locate.ts';
import type { OpenResults } from '../state/open-results.ts';
import { type Attempts, readAttempts } from '../state/read-attempts.ts';
import { isOfServer } from '../state/state-folder.ts';
import { urlCommand } from '../terminal/url-command.ts';
import { VERSION } from '../version.ts';
import { curlCommand } from './curl-command.ts';
import type { ImageFacts } from './explanation.ts';
import type { FoundImage } from './findings.ts';
import { type ImagePlace, manifestPlaces } from './manifest-places.ts';

/** What is asked about: a document, and the job it is of where that is kept. */
export type Subject = {
  /** The results file; null where the job itself is asked about. */
  file: string | null;
  document: ResultsDocument;
  kept: OpenResults['kept'];
  state: State;
};

/** What the journal and the manifest of a job say of some of its images. */
async function gatherFacts(
  subject: Subject,
  images: FoundImage[],
): Promise<(foundImage: FoundImage) => ImageFacts> {
  const facts = new Map<FoundImage, ImageFacts>();
  const places = await manifestPlaces(subject.kept, images);
  const attempts = await attemptsOf(subject, images);
  for (const [index, foundImage] of images.entries()) {
    const place = places[index] ?? null;
    facts.set(
      foundImage,
      factsOf(subject, foundImage, { place, attempts: attempts[index] ?? null }),
    );
  }
  const none = { place: null, attempts: null };
  return (foundImage) => facts.get(foundImage) ?? factsOf(subject, foundImage, none);
}

/** Journal and manifest are gone through once for so many. */
const BATCH = 10_000;

/** Images with their facts, however many there are. */
export async function* eachWithFacts(
  subject: Subject,
  images: Iterable<FoundImage> | AsyncIterable<FoundImage>,
): AsyncGenerator<[FoundImage, ImageFacts]> {
  let batch: FoundImage[] = [];
  async function* told(): AsyncGenerator<[FoundImage, ImageFacts]> {
    const factsOf = await gatherFacts(subject, batch);
    for (const foundImage of batch) yield [foundImage, factsOf(foundImage)];
  }
  for await (const foundImage of images) {
    batch.push(foundImage);
    if (batch.length < BATCH) continue;
    yield* told();
    batch = [];
  }
  if (batch.length > 0) yield* told();
}

type Found = { place: ImagePlace | null; attempts: Attempts | null };

/** Where the journal says nothing, an image is taken to have had the options of the last run. */
function factsOf(subject: Subject, foundImage: FoundImage, { place, attempts }: Found): ImageFacts {
  const options = attempts?.options ?? subject.kept?.job.options ?? DEFAULTS;
  return {
    retries: attempts?.retries ?? null,
    reason: attempts?.reason ?? null,
    options,
    place,
    repeat: repeatOf(subject, foundImage, options),
    onServer: subject.kept !== null && isOfServer(subject.kept.files),
  };
}

/**
 * Null for an image that has not finished, and for one of a results file that
 * its job has done again since.
 */
async function attemptsOf(
  { file, kept }: Subject,
  images: FoundImage[],
): Promise<(Attempts | null)[]> {
  if (!kept) return images.map(() => null);
  const attemptsAt = await readAttempts(kept.files, images);
  if (file === null) return images.map(attemptsAt);
  const latest = new Map<number, readonly (ImageResult | undefined)[]>();
  for (const { store } of images) {
    if (!latest.has(store)) latest.set(store, await kept.job.results.read(store));
  }
  return images.map((foundImage) => {
    const { store, image, result } = foundImage;
    const isLatest = latest.get(store)?.[image]?.started_at === result.started_at;
    return isLatest ? attemptsAt(foundImage) : null;
  });
}

function repeatOf(
  { file, document, kept, state }: Subject,
  foundImage: FoundImage,
  options: JobOptions,
): string | null {
  const { store, image, result } = foundImage;
  const { job_id } = document.head;
  // Standard input can't be read again: it stands for a file of any name.
  const path = file === null || file === '-' ? 'results.json' : file;
  const pipe = `jq -r '.stores[${store}].images[${image}].url'`;
  return curlCommand({
    url: result.url,
    urlCommand: kept
      ? `${state.command('results', job_id)} | ${pipe}`
      : urlCommand(foundImage, path),
    options,
    user_agent: `imgjob/${VERSION}`,
  });
}
