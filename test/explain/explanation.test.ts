import { describe, expect, it } from 'vitest';
import {
  type ExplainedJob,
  type ImageFacts,
  imageLines,
  jobLines,
  storeLines,
} from '../../src/explain/explanation.ts';
import { findCauses, findTarget } from '../../src/explain/findings.ts';
import { DEFAULTS } from '../../src/options/defaults.ts';
import type { StoreResult } from '../../src/results/results-schema.ts';
import {
  documentOf,
  failed,
  image,
  NOT_FOUND,
  PHOTO,
  pending,
  skipped,
  store,
} from '../support/documents.ts';

function explained(
  { head }: ReturnType<typeof documentOf>,
  more: Partial<ExplainedJob> = {},
): ExplainedJob {
  return {
    head,
    word: 'interrupted',
    goOn: 'imgjob resume spring-audit',
    isKept: true,
    again: ({ by, options }) => ['imgjob', by, 'spring-audit', ...options].join(' '),
    onlyFailed: null,
    style: { unicode: true, color: false },
    ...more,
  };
}

const FACTS: ImageFacts = {
  retries: [],
  reason: null,
  options: DEFAULTS,
  place: { file: 'spring.json', line: 14, column: 9, path: 'stores[0].images[1]', note: null },
  repeat: `curl ${PHOTO}`,
};

/** What is said of the images with a URL, or of the first ones. */
async function saidOf(stores: StoreResult[], more: Partial<ExplainedJob> = {}) {
  const document = documentOf(stores);
  const found = await findTarget(document, PHOTO);
  const job = explained(document, { onlyFailed: found.onlyFailed, ...more });
  return found.images.map((foundImage) => imageLines(foundImage, FACTS, job));
}

async function saidOfStores(stores: StoreResult[], more: Partial<ExplainedJob> = {}) {
  const document = documentOf(stores);
  const found = await findTarget(document, 'S0031');
  const job = explained(document, { onlyFailed: found.onlyFailed, ...more });
  return found.stores.map((one) => storeLines(one, job));
}

async function saidOfJob(stores: StoreResult[], more: Partial<ExplainedJob> = {}) {
  const document = documentOf(stores);
  return jobLines(explained(document, more), await findCauses(document));
}

describe('an image that failed', () => {
  it('is explained in full', async () => {
    const [, lines] = await saidOf([store([image(), failed(), skipped(), skipped()])]);
    expect(lines).toEqual([
      'S0031, image 2 of 4: failed',
      '  why       http-status: 404 Not Found (cdn.example)',
      '  url       https://cdn.example/a/3.jpg',
      '  manifest  spring.json:14:9  stores[0].images[1]',
      '  attempts  1 in 30 ms on 2026-03-01, UTC',
      '    1       09:30:01.120  404 from cdn.example, 0 B in 30 ms',
      '  skipped   2 images of S0031 after it',
      '  repeat    curl https://cdn.example/a/3.jpg',
      '  change    correct the URL in the manifest:',
      '              imgjob run spring-audit',
      '            or work on the other images of its store all the same:',
      '              imgjob resume spring-audit --keep-going',
    ]);
  });

  it('had nothing skipped where its store went on', async () => {
    const [lines] = await saidOf([store([failed(), image(), skipped()])]);
    expect(lines?.join('\n')).not.toContain('skipped');
    expect(lines?.join('\n')).not.toContain('--keep-going');
  });

  it('shows nothing of others that a terminal would obey, and no credentials', async () => {
    const url = 'https://user:secret@cdn.example/a\u001b[2J.jpg?token=secret';
    const error = { ...NOT_FOUND, message: '404 \u001b]0;x\u0007', host: 'cdn\u202e.example' };
    const hostile = store([failed({ url, error })], { store_id: 'S\u001b[31m\n1' });
    const document = documentOf([hostile]);
    const { images } = await findTarget(document, url);
    const [foundImage] = images;
    if (!foundImage) throw new Error('not found');
    const text = imageLines(foundImage, FACTS, explained(document)).join('\n');
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text).not.toContain('secret');
    expect(text).toContain('S[31m1, image 1 of 1: failed\n');
    expect(text).toContain('  url       https://cdn.example/a[2J.jpg?…\n');
  });

  it('is red where that is wanted', async () => {
    const [lines] = await saidOf([store([failed()])], { style: { unicode: true, color: true } });
    expect(lines?.[0]).toBe('S0031, image 1 of 1: \u001b[31mfailed\u001b[39m');
  });
});

describe('an image that did not fail', () => {
  it('has its size, and nothing to change', async () => {
    const [lines] = await saidOf([store([image()])]);
    expect(lines).toEqual([
      'S0031, image 1 of 1: completed',
      '  size      640 x 480 pixels, jpg, 40.3 kB',
      '  url       https://cdn.example/a/3.jpg',
      '  manifest  spring.json:14:9  stores[0].images[1]',
      '  attempts  1 in 439 ms on 2026-03-01, UTC',
      '    1       09:30:01.120  200, 40.3 kB in 38 ms, then 400 ms of work',
      '  repeat    curl https://cdn.example/a/3.jpg',
    ]);
  });

  it('was skipped because of another one, which is named', async () => {
    const [, lines] = await saidOf([store([failed(), skipped()])]);
    expect(lines?.slice(0, 2)).toEqual([
      'S0031, image 2 of 2: skipped',
      '  why       image 1 of its store failed with http-status: 404 Not Found (cdn.example)',
    ]);
    expect(lines?.at(-1)).toBe('              imgjob resume spring-audit --keep-going');
    expect(lines?.join('\n')).not.toContain('attempts');
  });

  it('was skipped because of another store, which is named where it can only be that one', async () => {
    const stopped = store([skipped()], { status: 'skipped' });
    const culprit = store([failed({ url: 'https://x.example/' })], { store_id: 'S0007' });
    const [one] = await saidOf([culprit, stopped]);
    expect(one).toContain('  why       the job stopped at the failure of S0007 (--fail-fast)');
    expect(one?.slice(-2)).toEqual([
      '  change    leave out --fail-fast:',
      '              imgjob run spring-audit',
    ]);
    const [other] = await saidOf([culprit, culprit, stopped]);
    expect(other).toContain('  why       the job stopped at a failure elsewhere (--fail-fast)');
  });

  it('is pending, and there is a way on', async () => {
    const [lines] = await saidOf([store([pending()], { status: 'ongoing' })]);
    expect(lines?.[1]).toBe('  why       not finished: the job is interrupted');
    expect(lines?.at(-1)).toBe('  go on     imgjob resume spring-audit');
    const running = { word: 'running', goOn: null };
    const [now] = await saidOf([store([pending()], { status: 'ongoing' })], running);
    expect(now?.[1]).toBe('  why       not finished: the job is running');
    expect(now?.join('\n')).not.toContain('go on');
  });
});

describe('a store', () => {
  it('has its times, what completed in one line, and what was skipped after what', async () => {
    const images = [image(), image({ duration_ms: 900 }), failed(), skipped()];
    const stores = [store([]), store(images)];
    expect((await saidOfStores(stores))[1]).toEqual([
      'S0031, store 2 of 2: failed',
      '  when      2026-03-01 09:30:00 UTC, 5.1 s',
      '  completed 2 images, 80.6 kB, the slowest image 2 in 900 ms',
      '  failed    1 image',
      '  skipped   1 image after image 3, which failed',
    ]);
  });

  it('may have been stopped for the sake of another one', async () => {
    const culprit = store([failed()], { store_id: 'S0007' });
    const stopped = store([image(), skipped()], { status: 'skipped' });
    expect((await saidOfStores([culprit, stopped]))[0]?.slice(3)).toEqual([
      '  skipped   1 image',
      '  why       the job stopped at the failure of S0007 (--fail-fast)',
      '  change    leave out --fail-fast:',
      '              imgjob run spring-audit',
    ]);
  });

  it('may never have begun, or have no images', async () => {
    const unbegun = { status: 'pending' as const, started_at: null, duration_ms: null };
    expect(await saidOfStores([store([pending(), pending()], unbegun), store([])])).toEqual([
      [
        'S0031, store 1 of 2: pending',
        '  pending   2 images',
        '  go on     imgjob resume spring-audit',
      ],
      [
        'S0031, store 2 of 2: completed',
        '  when      2026-03-01 09:30:00 UTC, 5.1 s',
        '  images    none',
      ],
    ]);
  });
});

describe('a job', () => {
  it('that completed is one line', async () => {
    expect(await saidOfJob([store([image(), image()])])).toEqual([
      'spring-audit: completed, 2 images of 1 store in 16.9 s, 81.2 kB',
    ]);
  });

  it('that was interrupted is told with the way on', async () => {
    const stores = [store([image(), pending()], { status: 'ongoing' })];
    expect(await saidOfJob(stores)).toEqual([
      'spring-audit: interrupted, 1 of 2 images in 16.9 s, 81.2 kB: 1 pending, none failed',
      '  go on     imgjob resume spring-audit',
    ]);
  });

  it('that failed has its counts, and what was skipped for which reason', async () => {
    const stores = [
      store([image(), failed(), skipped()]),
      store([image(), skipped(), skipped()], { status: 'skipped' }),
    ];
    expect(await saidOfJob(stores)).toEqual([
      'spring-audit: failed',
      '  when      2026-03-01 09:30:00 UTC, 16.9 s',
      '  stores    1 failed   1 skipped',
      '  images    2 completed   1 failed   3 skipped',
      '  skipped   1 image after a failed image of its store',
      '            1 store with 2 images: the job stopped at a failure elsewhere (--fail-fast)',
    ]);
  });
});
