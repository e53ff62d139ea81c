import { describe, expect, it } from 'vitest';
import {
  type DocumentSource,
  documentErrors,
  documentHead,
  documentStores,
} from '../../src/results/document.ts';
import { createReducer } from '../../src/results/reducer.ts';
import { resultsSchema } from '../../src/results/results-schema.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { collect } from '../support/collect.ts';
import { createManifest, equalStores, NOT_FOUND } from '../support/effects.ts';
import { finished, RECORDED_STORES, recordedEvents } from '../support/recorded.ts';

function foldOf(events = recordedEvents()): DocumentSource {
  const manifest = createManifest(RECORDED_STORES, 'spring-audit');
  const results = createMemoryResults();
  const reducer = createReducer(manifest, results);
  for (const event of events) reducer.apply(event);
  return { manifest, reducer, results };
}

async function documentOf(source: DocumentSource) {
  const errors = await collect(documentErrors(source));
  const stores = await collect(documentStores(source));
  return { ...documentHead(source), errors, stores };
}

describe('the results document', () => {
  it('has the contract’s shape, every key present', async () => {
    const document = await documentOf(foldOf());
    expect(resultsSchema.parse(document)).toEqual(document);
  });

  it('has its keys in the contract’s order', async () => {
    const document = await documentOf(foldOf());
    expect(Object.keys(document)).toEqual(Object.keys(resultsSchema.shape));
    expect(Object.keys(document.summary.stores).join()).toBe(
      'total,completed,failed,skipped,ongoing,pending',
    );
    expect(Object.keys(document.summary.images).join()).toBe(
      'total,completed,failed,skipped,pending,reused',
    );
    const [store] = document.stores;
    expect(Object.keys(store ?? {}).join()).toBe(
      'store_id,visit_time,status,started_at,finished_at,duration_ms,error,images',
    );
    const keys =
      'url,status,width,height,perimeter,twice_perimeter,format,bytes,attempts,started_at,duration_ms,download_ms,work_ms,output,sha256,file,error';
    for (const image of document.stores.flatMap(({ images }) => images)) {
      expect(Object.keys(image).join()).toBe(keys);
    }
  });

  it('counts every store and image once', async () => {
    const { summary, status } = await documentOf(foldOf());
    expect(status).toBe('failed');
    expect(summary).toEqual({
      stores: { total: 3, completed: 2, failed: 1, skipped: 0, ongoing: 0, pending: 0 },
      images: { total: 5, completed: 3, failed: 1, skipped: 1, pending: 0, reused: 0 },
      bytes: 300,
      attempts: 4,
    });
  });

  it('keeps stores and images in manifest order, whatever order they ran in', async () => {
    const { stores } = await documentOf(foldOf());
    expect(stores.map(({ store_id }) => store_id)).toEqual(['S1', 'S2', 'S3']);
    expect(stores.map(({ images }) => images.map(({ url }) => url))).toEqual(RECORDED_STORES);
  });

  it('shows a failed store with the image that stopped it, and skips the rest of it', async () => {
    const { stores, errors } = await documentOf(foldOf());
    expect(stores[1]).toMatchObject({
      status: 'failed',
      error: {
        code: 'http-status',
        message: '404 Not Found',
        image: 1,
        url: 'http://user:secret@img.example/b/404.png?token=abc',
      },
    });
    expect(stores[1]?.images.map(({ status }) => status)).toEqual([
      'completed',
      'failed',
      'skipped',
    ]);
    expect(stores[1]?.images[1]?.error).toEqual(NOT_FOUND);
    expect(stores[1]?.images[2]).toMatchObject({ attempts: 0, started_at: null, error: null });
    // Positions count from 1 in sentences; what is secret in a URL is left out of them.
    expect(errors).toEqual([
      {
        store_id: 'S2',
        error: 'image 2 of 3 (http://img.example/b/404.png?…): 404 Not Found',
      },
    ]);
  });

  it('takes durations from the events’ times', async () => {
    const { stores, duration_ms, started_at, finished_at } = await documentOf(foldOf());
    expect(duration_ms).toBe(2000);
    expect(started_at).toBe('2026-03-01T09:30:00.000Z');
    expect(finished_at).toBe('2026-03-01T09:30:02.000Z');
    expect(stores[0]).toMatchObject({
      started_at: '2026-03-01T09:30:00.100Z',
      finished_at: '2026-03-01T09:30:01.100Z',
      duration_ms: 1000,
    });
  });
});

describe('a job that was interrupted', () => {
  const events = [
    ...recordedEvents().slice(0, 8),
    {
      t: '2026-03-01T09:30:01.500Z',
      type: 'job_interrupted',
      job_id: 'spring-audit',
      signal: 'SIGINT',
    } as const,
  ];

  it('is ongoing; what was not finished is pending', async () => {
    const document = await documentOf(foldOf(events));
    expect(resultsSchema.parse(document).status).toBe('ongoing');
    expect(document).toMatchObject({ finished_at: null, duration_ms: 1500 });
    expect(document.stores.map(({ status }) => status)).toEqual([
      'completed',
      'ongoing',
      'pending',
    ]);
    expect(document.stores[1]?.images.map(({ status }) => status)).toEqual([
      'completed',
      'pending',
      'pending',
    ]);
    expect(document.summary.images.pending).toBe(3);
  });

  it('has a duration that is the sum of the spans in which it ran', () => {
    const { reducer } = foldOf([
      ...events,
      {
        t: '2026-03-01T10:00:00.000Z',
        type: 'job_resumed',
        job_id: 'spring-audit',
        retry_failed: false,
        options: {},
      },
      {
        t: '2026-03-01T10:00:04.000Z',
        type: 'job_interrupted',
        job_id: 'spring-audit',
        signal: 'SIGINT',
      },
    ]);
    expect(reducer.times().duration_ms).toBe(5500);
  });
});

describe('failures', () => {
  it('are grouped by code, status and host, with their first ten', () => {
    const manifest = createManifest(equalStores(30, 1));
    const reducer = createReducer(manifest, createMemoryResults());
    for (let store = 0; store < 25; store += 1) reducer.apply(finished(store, 0, NOT_FOUND));
    reducer.apply(finished(25, 0, { ...NOT_FOUND, host: 'other.example' }));
    const groups = reducer.failures.list();
    expect(groups.map(({ host, count }) => [host, count])).toEqual([
      ['img.example', 25],
      ['other.example', 1],
    ]);
    expect(groups[0]?.samples).toHaveLength(10);
  });

  it('of very many causes are counted beyond the hundredth', () => {
    const manifest = createManifest(equalStores(300, 1));
    const reducer = createReducer(manifest, createMemoryResults());
    for (let store = 0; store < 130; store += 1) {
      reducer.apply(finished(store, 0, { ...NOT_FOUND, host: `h${store}` }));
    }
    expect(reducer.failures.list()).toHaveLength(100);
    expect(reducer.failures.ungrouped()).toBe(30);
  });
});
