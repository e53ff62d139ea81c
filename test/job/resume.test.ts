import { describe, expect, it } from 'vitest';
import type { Effects } from '../../src/job/effects.ts';
import { type Resume, runJobTask } from '../../src/job/job.ts';
import type { Manifest } from '../../src/manifest/manifest.ts';
import {
  type DocumentSource,
  documentErrors,
  documentHead,
  documentStores,
} from '../../src/results/document.ts';
import type { JobEvent } from '../../src/results/events.ts';
import { createReducer } from '../../src/results/reducer.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { collect } from '../support/collect.ts';
import {
  createJobTask,
  createManifest,
  createTestEffects,
  equalStores,
} from '../support/effects.ts';
import { createRandom, type Random } from '../support/random.ts';

const PLAIN: Resume = { retry_failed: false, options: {} };

/** A job that lives through several runs: its events are all that is left from one to the next. */
function createLife(manifest: Manifest) {
  const events: JobEvent[] = [];
  const downloads = new Map<string, number>();
  let now = Date.UTC(2026, 2, 1);

  function rebuild(): DocumentSource {
    const results = createMemoryResults();
    const reducer = createReducer(manifest, results);
    for (const event of events) reducer.apply(JSON.parse(JSON.stringify(event)));
    return { manifest, reducer, results };
  }

  /** Runs it until it ends, or until so many events have happened. */
  async function run(resume: Resume | null, stopAfter = Number.POSITIVE_INFINITY, broken = '404') {
    const stop = new AbortController();
    const base = createTestEffects();
    const begun = now;
    let count = 0;
    const effects: Effects = {
      ...base,
      now: () => begun + base.elapsed(),
      fetch: (url, hooks) => {
        downloads.set(url, (downloads.get(url) ?? 0) + 1);
        return base.fetch(url.replaceAll('404', broken), hooks);
      },
      emit(event) {
        if (stop.signal.aborted) return;
        events.push(event);
        count += 1;
        if (count >= stopAfter) stop.abort('SIGKILL');
      },
    };
    await runJobTask(
      createJobTask(manifest, effects, { ...rebuild(), resume, signal: stop.signal }),
    );
    now = begun + base.elapsed() + 60_000;
    return documentOf(rebuild());
  }

  return { events, downloads, run, document: () => documentOf(rebuild()) };
}

async function documentOf(source: DocumentSource) {
  const errors = await collect(documentErrors(source));
  const stores = await collect(documentStores(source));
  return { ...documentHead(source), errors, stores };
}

/** A document without its times. */
function timeless(document: unknown): unknown {
  const text = JSON.stringify(document, (key, value: unknown) =>
    /(_at|_ms)$/.test(key) ? 0 : value,
  );
  return JSON.parse(text);
}

function randomStores({ below }: Random): string[][] {
  return Array.from({ length: below(8) }, (_, store) =>
    Array.from({ length: below(5) }, (__, image) => {
      return `http://img.example/${store}/${image}${below(6) === 0 ? '-404' : ''}.png`;
    }),
  );
}

describe('a resumed job', () => {
  it('ends as one that was never disturbed, and downloads nothing twice', async () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = createRandom(seed);
      const stores = randomStores(random);
      const undisturbed = await createLife(createManifest(stores)).run(null);

      const life = createLife(createManifest(stores));
      let document = await life.run(null, 1 + random.below(12));
      while (document.status === 'ongoing') {
        const known = document.stores.flatMap(({ images }) =>
          images.filter(({ status }) => status === 'completed' || status === 'failed'),
        );
        const before = new Map(life.downloads);
        document = await life.run(PLAIN, 2 + random.below(12));
        for (const { url } of known) {
          expect(life.downloads.get(url), `seed ${seed}: ${url}`).toBe(before.get(url));
        }
      }
      expect(timeless(document), `seed ${seed}`).toEqual(timeless(undisturbed));
    }
  });

  it('ran only while it ran: breaks count in no duration', async () => {
    const stores = equalStores(2, 4);
    const undisturbed = await createLife(createManifest(stores)).run(null);
    const life = createLife(createManifest(stores));
    await life.run(null, 10);
    const { duration_ms, stores: ended } = await life.run(PLAIN);
    // What was cut off is done again: at most one image of each store.
    expect(duration_ms - undisturbed.duration_ms).toBeLessThanOrEqual(410);
    for (const [position, store] of ended.entries()) {
      const alone = undisturbed.stores[position]?.duration_ms ?? 0;
      expect(Number(store.duration_ms) - alone).toBeLessThanOrEqual(410);
    }
  });

  it('says with which options it goes on', async () => {
    const life = createLife(createManifest(equalStores(1, 3)));
    await life.run(null, 4);
    await life.run({ retry_failed: false, options: { sleep_ms: 7 } });
    expect(life.events).toContainEqual(
      expect.objectContaining({ type: 'job_resumed', options: { sleep_ms: 7 } }),
    );
  });

  it('that has ended emits nothing', async () => {
    const life = createLife(createManifest([['http://a/1.png'], ['http://a/404.png']]));
    const document = await life.run(null);
    const count = life.events.length;
    expect(await life.run(PLAIN)).toEqual(document);
    expect(life.events).toHaveLength(count);
  });
});

describe('with failed stores to do again', () => {
  const stores = [
    ['http://a/1.png'],
    ['http://a/2.png', 'http://a/3-404.png', 'http://a/4.png'],
    ['http://a/5-404.png'],
  ];
  const RETRY: Resume = { retry_failed: true, options: {} };

  it('goes on from each failed image, and counts it once', async () => {
    const undisturbed = await createLife(createManifest(stores)).run(null, undefined, 'fine');
    const life = createLife(createManifest(stores));
    expect((await life.run(null)).status).toBe('failed');
    const document = await life.run(RETRY, undefined, 'fine');
    expect(timeless(document)).toEqual(timeless(undisturbed));
    expect(Object.fromEntries(life.downloads)).toEqual({
      'http://a/1.png': 1,
      'http://a/2.png': 1,
      'http://a/3-404.png': 2,
      'http://a/4.png': 1,
      'http://a/5-404.png': 2,
    });
  });

  it('fails as before where they fail again', async () => {
    const life = createLife(createManifest(stores));
    const before = await life.run(null);
    expect(timeless(await life.run(RETRY))).toEqual(timeless(before));
  });

  it('still has them to do when it was interrupted before their turn', async () => {
    const life = createLife(createManifest(stores));
    await life.run(null);
    const document = await life.run(RETRY, 1);
    expect(document.status).toBe('ongoing');
    expect(document.summary.images).toEqual({
      ...{ total: 5, completed: 2, failed: 0, skipped: 0, pending: 3, reused: 0 },
    });
    expect(document.summary.stores).toMatchObject({ completed: 1, failed: 0, ongoing: 2 });
    expect(document.errors).toEqual([]);
    expect((await life.run(PLAIN, undefined, 'fine')).status).toBe('completed');
  });

  it('forgets the causes of failures that are to be tried again', async () => {
    const life = createLife(createManifest(stores));
    await life.run(null);
    await life.run(RETRY, 1);
    const results = createMemoryResults();
    const reducer = createReducer(createManifest(stores), results);
    for (const event of life.events) reducer.apply(event);
    expect(reducer.failures.list()).toEqual([]);
  });
});
