import type { Manifest } from '../manifest/manifest.ts';
import { jsonLine, showImage } from '../terminal/prose.ts';
import type { Reducer } from './reducer.ts';
import type { ImageResult, ResultsHead, StoreError, StoreResult } from './results-schema.ts';
import { failedOf, type IndexedResult, type ResultsStore } from './results-store.ts';
import { storeError } from './store-error.ts';

/** What the results document is put together from. */
export type DocumentSource = { manifest: Manifest; reducer: Reducer; results: ResultsStore };

/** A results document that is read store by store, wherever it comes from. */
export type ResultsDocument = {
  head: Omit<ResultsHead, 'errors'>;
  /** The stores in manifest order; may be asked for several times. */
  stores(): AsyncIterable<StoreResult>;
};

/** The document of a job as it stands. */
export function documentOf(source: DocumentSource): ResultsDocument {
  return { head: documentHead(source), stores: () => documentStores(source) };
}

/** The document's fields up to `errors`, in their order. */
export function documentHead({ reducer }: DocumentSource): Omit<ResultsHead, 'errors'> {
  const { started_at, finished_at, duration_ms } = reducer.times();
  return {
    schema_version: 1,
    job_id: reducer.job_id,
    status: reducer.status(),
    started_at,
    finished_at,
    duration_ms,
    summary: reducer.summary(),
  };
}

/** The failed stores in manifest order, as one sentence each. */
export async function* documentErrors(
  source: DocumentSource,
): AsyncGenerator<ResultsHead['errors'][number]> {
  for (let position = 0; position < source.manifest.store_count; position += 1) {
    if (source.reducer.store(position).status !== 'failed') continue;
    const store = await source.manifest.store(position);
    const failed = failedOf(await source.results.read(position));
    const error = errorOf(failed);
    if (!error) continue;
    const image = showImage(error.image, store.images.length, error.url);
    const more = failed.length > 1 ? `; ${failed.length - 1} more failed` : '';
    yield { store_id: store.store_id, error: `${image}: ${error.message}${more}` };
  }
}

/** Every store's results in manifest order, one at a time. */
export async function* documentStores(source: DocumentSource): AsyncGenerator<StoreResult> {
  for (let position = 0; position < source.manifest.store_count; position += 1) {
    const known = await source.results.read(position);
    const { head, images } = await storeAt(source, position, known, untouchedImage);
    yield { ...head, images };
  }
}

/** The same as one line of JSON each: results go through as they were kept, and none is parsed. */
export async function* documentStoreLines(source: DocumentSource): AsyncGenerator<string> {
  for (let position = 0; position < source.manifest.store_count; position += 1) {
    const known = await source.results.readJson(position);
    const { head, images } = await storeAt(source, position, known, untouchedLine);
    yield `${jsonLine(head).slice(0, -1)},"images":[${images.join(',')}]}`;
  }
}

/** A store's fields but its images, and these in order: as they are known, or as `untouched` makes them. */
async function storeAt<Image>(
  { manifest, reducer, results }: DocumentSource,
  position: number,
  known: readonly (Image | undefined)[],
  untouched: (url: string, status: 'skipped' | 'pending') => Image,
): Promise<{ head: Omit<StoreResult, 'images'>; images: Image[] }> {
  const { status, started_at, finished_at, duration_ms } = reducer.store(position);
  const { store_id, visit_time, images } = await manifest.store(position);
  const error = status === 'failed' ? errorOf(failedOf(await results.read(position))) : null;
  // Images without a result are skipped where their store has ended, else pending.
  const left = status === 'failed' || status === 'skipped' ? 'skipped' : 'pending';
  const withheld = reducer.withheld(position);
  const shown = (index: number) => (withheld.has(index) ? undefined : known[index]);
  return {
    head: { store_id, visit_time, status, started_at, finished_at, duration_ms, error },
    images: images.map((url, index) => shown(index) ?? untouched(url, left)),
  };
}

/** The error of a store that failed: that of its first failed image. */
function errorOf([first]: IndexedResult[]): StoreError | null {
  return first ? storeError(first.result, first.image) : null;
}

function untouchedImage(url: string, status: 'skipped' | 'pending'): ImageResult {
  return {
    url,
    status,
    width: null,
    height: null,
    perimeter: null,
    twice_perimeter: null,
    format: null,
    bytes: null,
    attempts: 0,
    started_at: null,
    duration_ms: null,
    download_ms: null,
    work_ms: null,
    output: null,
    sha256: null,
    file: null,
    error: null,
  };
}

function untouchedLine(url: string, status: 'skipped' | 'pending'): string {
  return jsonLine(untouchedImage(url, status));
}
