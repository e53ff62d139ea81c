import { showPlace } from '../prose.ts';
import type { Manifest, Store } from './manifest.ts';
import type { Fold } from './results.ts';
import type { ResultsStore } from './results-store.ts';
import type { ImageResult, ResultsHead, StoreResult } from './schema.ts';
import { storeError } from './store.ts';

/** What the results document is put together from. */
export type DocumentSource = { manifest: Manifest; fold: Fold; results: ResultsStore };

/** The document's fields up to `errors`, in their order. */
export function documentHead({ fold }: DocumentSource): Omit<ResultsHead, 'errors'> {
  const { started_at, finished_at, duration_ms } = fold.times();
  return {
    schema_version: 1,
    job_id: fold.job_id,
    status: fold.status(),
    started_at,
    finished_at,
    duration_ms,
    summary: fold.summary(),
  };
}

/** The failed stores in manifest order, as one sentence each. */
export async function* documentErrors(
  source: DocumentSource,
): AsyncGenerator<ResultsHead['errors'][number]> {
  for (let position = 0; position < source.manifest.store_count; position += 1) {
    if (source.fold.store(position).status !== 'failed') continue;
    const { store_id, error, images } = await storeResult(source, position);
    if (!error) continue;
    const place = showPlace(error.image, images.length, error.url);
    yield { store_id, error: `${place}: ${error.message}` };
  }
}

/** Every store's results in manifest order, one at a time. */
export async function* documentStores(source: DocumentSource): AsyncGenerator<StoreResult> {
  for (let position = 0; position < source.manifest.store_count; position += 1) {
    yield await storeResult(source, position);
  }
}

async function storeResult(source: DocumentSource, position: number): Promise<StoreResult> {
  const { status, started_at, finished_at, duration_ms } = source.fold.store(position);
  const store = await source.manifest.store(position);
  const known = await source.results.read(position);
  const failed = known.findIndex((result) => result?.status === 'failed');
  const failure = known[failed];
  return {
    store_id: store.store_id,
    visit_time: store.visit_time,
    status,
    started_at,
    finished_at,
    duration_ms,
    error: failure && status === 'failed' ? storeError(failure, failed) : null,
    images: imageResults(store, known, status === 'failed' || status === 'skipped'),
  };
}

/** Images without a result are skipped where their store has ended, else pending. */
function imageResults(
  store: Store,
  known: readonly (ImageResult | undefined)[],
  ended: boolean,
): ImageResult[] {
  const status = ended ? 'skipped' : 'pending';
  return store.images.map((url, index) => known[index] ?? untouchedImage(url, status));
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
    error: null,
  };
}
