import type { Manifest } from '../../src/manifest/manifest.ts';
import type { DocumentSource } from '../../src/results/document.ts';
import type { JobEvent } from '../../src/results/events.ts';
import { createReducer } from '../../src/results/reducer.ts';
import {
  FAULT_CODES,
  type ImageError,
  type ImageResult,
} from '../../src/results/results-schema.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { storeError } from '../../src/results/store-error.ts';
import { OPTIONS } from './effects.ts';

const job_id = 'every-outcome';

/** An image as it went: its error, how often it was tried again before; null where it was left. */
type Went = { url: string; error?: ImageError; retries?: number } | { url: string; left: true };
type StoreWent = {
  store_id: string;
  images: Went[];
  /** `left` is a store that had begun, `untouched` one that had not, when the job was stopped. */
  end?: 'left' | 'untouched' | 'skipped';
};

/** What a hostile manifest and a hostile server write: markup, escapes, what XML can't hold. */
export const HOSTILE_ID =
  'S"\'<script>alert(1)</script>]]>&amp;{{x}}`|\u0007\u001b[31m\ud800\u202e\ufffe😀';
export const HOSTILE_URL =
  'http://user:secret@evil.example/<img src=x onerror=alert(2)>/]]>/a\'b"c|d`e\u0000.png?token=abc#f';
const HOSTILE_ERROR: ImageError = {
  code: 'http-status',
  message: '500 </script><script>alert(3)</script>]]>\u001b[2J--><!--\ufffe|`',
  http_status: 500,
  host: 'evil.example',
};
export const SECRET_URL = 'https://user:secret@cdn.example/b/404.png?token=abc';

const failure = (code: ImageError['code'], host: string | null = 'cdn.example'): ImageError => ({
  code,
  message: `the sentence of ${code}`,
  http_status: code === 'http-status' ? 404 : null,
  host,
});

const STORES: StoreWent[] = [
  {
    store_id: 'S-good',
    images: [
      { url: 'https://cdn.example/a/1.jpg' },
      { url: 'https://img.example/a/2.jpg', retries: 2 },
    ],
  },
  {
    store_id: 'S-bad',
    images: [
      { url: 'https://cdn.example/b/1.jpg' },
      { url: SECRET_URL, error: failure('http-status') },
      { url: 'https://cdn.example/b/3.jpg', error: failure('http-status'), retries: 1 },
      { url: 'https://cdn.example/b/4.jpg', left: true },
    ],
  },
  {
    store_id: HOSTILE_ID,
    images: [
      { url: HOSTILE_URL, error: HOSTILE_ERROR },
      { url: HOSTILE_URL, left: true },
    ],
  },
  ...FAULT_CODES.map(
    (code): StoreWent => ({
      store_id: `S-${code}`,
      images: [
        {
          url: `https://cdn.example/${code}.jpg`,
          error: failure(code, code === 'invalid-url' ? null : 'cdn.example'),
        },
      ],
    }),
  ),
  { store_id: 'S-empty', images: [] },
  // Another visit of a store.
  { store_id: 'S-good', images: [{ url: 'https://cdn.example/a/1.jpg' }] },
  {
    store_id: 'S-skipped',
    images: [{ url: 'https://cdn.example/s/1.jpg', left: true }],
    end: 'skipped',
  },
  {
    store_id: 'S-ongoing',
    images: [
      { url: 'https://cdn.example/o/1.jpg' },
      { url: 'https://cdn.example/o/2.jpg', left: true },
    ],
    end: 'left',
  },
  {
    store_id: 'S-pending',
    images: [{ url: 'https://cdn.example/p/1.jpg', left: true }],
    end: 'untouched',
  },
];

/**
 * The recorded events of one job with every kind of outcome, under
 * `--keep-going --fail-fast`, until it was interrupted.
 */
export function everyOutcome(): JobEvent[] {
  let ms = 0;
  const t = () => {
    ms += 10;
    return new Date(Date.UTC(2026, 2, 1, 9, 30) + ms).toISOString();
  };
  const images = STORES.reduce((sum, store) => sum + store.images.length, 0);
  const options = { ...OPTIONS, keep_going: true, fail_fast: true };
  const events: JobEvent[] = [
    {
      t: t(),
      type: 'job_started',
      job_id,
      schema_version: 1,
      stores: STORES.length,
      images,
      options,
    },
  ];
  for (const [store, went] of STORES.entries()) events.push(...storeEvents(went, store, t));
  events.push({ t: t(), type: 'job_interrupted', job_id, signal: 'SIGINT' });
  return events;
}

function storeEvents(
  { store_id, images, end }: StoreWent,
  store: number,
  t: () => string,
): JobEvent[] {
  if (end === 'untouched') return [];
  if (end === 'skipped') {
    return [{ t: t(), type: 'store_finished', job_id, store, status: 'skipped', error: null }];
  }
  const events: JobEvent[] = [{ t: t(), type: 'store_started', job_id, store, store_id }];
  let failed: { result: ImageResult; image: number } | null = null;
  for (const [image, went] of images.entries()) {
    if ('left' in went) continue;
    const started_at = t();
    events.push({ t: started_at, type: 'image_started', job_id, store, image, url: went.url });
    for (let attempt = 1; attempt <= (went.retries ?? 0); attempt += 1) {
      const failing = { code: 'http-status' as const, http_status: 503, host: 'img.example' };
      const spans = { bytes: 0, download_ms: 31, wait_ms: 740 };
      events.push({
        t: t(),
        type: 'image_retrying',
        job_id,
        store,
        image,
        attempt,
        ...failing,
        ...spans,
      });
    }
    const result = resultOf(went, started_at, image + 1);
    events.push({ t: t(), type: 'image_finished', job_id, store, image, result });
    if (result.error && !failed) failed = { result, image };
  }
  if (end === 'left') return events;
  const status = failed ? 'failed' : 'completed';
  const error = failed && storeError(failed.result, failed.image);
  events.push({ t: t(), type: 'store_finished', job_id, store, status, error });
  return events;
}

function resultOf(
  {
    url,
    error = undefined,
    retries = 0,
  }: { url: string; error?: ImageError | undefined; retries?: number },
  started_at: string,
  number: number,
): ImageResult {
  const [width, height] = [640 * number, 480];
  const perimeter = 2 * (width + height);
  const download_ms = 38 * number;
  const waited_ms = retries * (31 + 740);
  const good = { width, height, perimeter, twice_perimeter: 2 * perimeter, format: 'jpg' };
  const none = { width: null, height: null, perimeter: null, twice_perimeter: null, format: null };
  const work_ms = error ? null : 400;
  return {
    url,
    status: error ? 'failed' : 'completed',
    ...(error ? none : good),
    bytes: error ? 0 : 40_321 * number,
    attempts: 1 + retries,
    started_at,
    duration_ms: download_ms + waited_ms + (work_ms ?? 0),
    download_ms,
    work_ms,
    output: null,
    sha256: null,
    file: null,
    error: error ?? null,
  };
}

/** The job as these events leave it. */
export function jobAfter(events: JobEvent[]): DocumentSource {
  const stores = STORES.map(({ store_id, images }) => ({
    store_id,
    visit_time: null,
    images: images.map(({ url }) => url),
  }));
  const manifest: Manifest = {
    job_id,
    store_count: stores.length,
    image_counts: Uint32Array.from(stores, ({ images }) => images.length),
    store: async (position) => stores[position] ?? { store_id: '', visit_time: null, images: [] },
    close: async () => {},
  };
  const results = createMemoryResults();
  const reducer = createReducer(manifest, results);
  for (const event of events) reducer.apply(event);
  return { manifest, results, reducer };
}
