import type { ImageResult, StoreResult } from '../../src/results/results-schema.ts';

/** The URL of all images, unless it is said. */
export const PHOTO = 'https://cdn.example/a/3.jpg';
export const NOT_FOUND = {
  code: 'http-status' as const,
  message: '404 Not Found',
  http_status: 404,
  host: 'cdn.example',
};

/** A result of an image, completed unless it is said. */
export function image(more: Partial<ImageResult> = {}): ImageResult {
  const error = more.error ?? null;
  const isOver = !['skipped', 'pending'].includes(more.status ?? '');
  return {
    url: PHOTO,
    status: error ? 'failed' : 'completed',
    width: error || !isOver ? null : 640,
    height: error || !isOver ? null : 480,
    perimeter: error || !isOver ? null : 2240,
    twice_perimeter: error || !isOver ? null : 4480,
    format: error || !isOver ? null : 'jpg',
    bytes: error || !isOver ? null : 40_321,
    attempts: isOver ? 1 : 0,
    started_at: isOver ? '2026-03-01T09:30:01.120Z' : null,
    duration_ms: isOver ? 439 : null,
    download_ms: isOver ? 38 : null,
    work_ms: error || !isOver ? null : 400,
    output: null,
    sha256: null,
    file: null,
    error,
    ...more,
  };
}

/** One that failed, with 404 unless it is said. */
export const failed = (more: Partial<ImageResult> = {}) =>
  image({ error: NOT_FOUND, duration_ms: 30, download_ms: 30, ...more });
export const skipped = () => image({ status: 'skipped' });
export const pending = () => image({ status: 'pending' });

/** The results of a store of these images. */
export function store(images: ImageResult[], more: Partial<StoreResult> = {}): StoreResult {
  return {
    store_id: 'S0031',
    visit_time: null,
    status: images.some(({ error }) => error) ? 'failed' : 'completed',
    started_at: '2026-03-01T09:30:00.000Z',
    finished_at: '2026-03-01T09:30:05.100Z',
    duration_ms: 5100,
    error: null,
    images,
    ...more,
  };
}

/** A document of these stores, with the summary that goes with them. */
export function documentOf(stores: StoreResult[]) {
  const images = stores.flatMap((one) => one.images);
  const among = (list: { status: string }[], status: string) =>
    list.filter((one) => one.status === status).length;
  const counts = (list: { status: string }[]) => ({
    total: list.length,
    completed: among(list, 'completed'),
    failed: among(list, 'failed'),
    skipped: among(list, 'skipped'),
  });
  const summary = {
    stores: {
      ...counts(stores),
      ongoing: among(stores, 'ongoing'),
      pending: among(stores, 'pending'),
    },
    images: { ...counts(images), pending: among(images, 'pending'), reused: 0 },
    bytes: 81_234,
    attempts: 4,
  };
  const isOver = summary.stores.ongoing + summary.stores.pending === 0;
  const ended = summary.stores.failed > 0 ? ('failed' as const) : ('completed' as const);
  const head = {
    schema_version: 1 as const,
    job_id: 'spring-audit',
    status: isOver ? ended : ('ongoing' as const),
    started_at: '2026-03-01T09:30:00.000Z',
    finished_at: null,
    duration_ms: 16_900,
    summary,
  };
  return {
    head,
    async *stores() {
      yield* stores;
    },
  };
}
