import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createBars } from '../../src/progress/bars.ts';
import type { RunView } from '../../src/progress/progress.ts';
import { summaryLines } from '../../src/reports/summary.ts';
import type { JobEvent } from '../../src/results/events.ts';
import { createReducer, type Reducer } from '../../src/results/reducer.ts';
import type { ImageError } from '../../src/results/results-schema.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { createManifest, NOT_FOUND } from '../support/effects.ts';
import { finished, recordedEvents } from '../support/recorded.ts';
import { createActivity, viewOf } from '../support/run-view.ts';
import { createTerminal } from '../support/terminal.ts';

/** What people see, in terminals of three widths: each screen as it stands there. */

const STYLE = { unicode: true, color: false };
const job_id = 'spring-audit';
const COUNT = { stores: 60, images: 20 };
const idOf = (store: number) => `paris-rivoli-store-${String(store + 1).padStart(4, '0')}`;
const urlOf = (store: number, image: number) =>
  `https://cdn.example/campaign-2026/shelf/front-left/${store + 1}-${image + 1}.jpg?token=secret`;
const TRUNCATED: ImageError = {
  ...{ code: 'truncated', message: 'the body ended after 70 of 500 bytes' },
  ...{ http_status: 200, host: 'cdn.example' },
};

type Told = JobEvent & { type: 'image_finished' };

/** An image of the job that has ended at a time, in milliseconds from its start. */
function done(store: number, image: number, ms: number, error: ImageError | null = null): Told {
  const event = finished(store, image, error, timeAt(ms));
  return { ...event, result: { ...event.result, url: urlOf(store, image), download_ms: 38 } };
}

function timeAt(ms: number): string {
  return new Date(Date.UTC(2026, 2, 1, 9, 30) + ms).toISOString();
}

/** The job in its third second: some images are taken over, some have failed, some were skipped for it. */
function runningJob() {
  let now = 0;
  const stores = Array.from({ length: COUNT.stores }, (_, store) =>
    Array.from({ length: COUNT.images }, (_, image) => urlOf(store, image)),
  );
  const reducer = createReducer(createManifest(stores, job_id), createMemoryResults());
  const run = viewOf(reducer, { activities: activeSlots(), elapsed: () => now });
  const failed: Told[] = [];
  const [started] = recordedEvents();
  if (started) reducer.apply(started);
  for (let image = 0; image < COUNT.images; image += 1) {
    reducer.apply({ ...done(50, image, 0), reused: true });
  }
  for (let store = 0; store < 8; store += 1) {
    const ids = { job_id, store };
    reducer.apply({ t: timeAt(0), type: 'store_started', ...ids, store_id: idOf(store) });
    for (let image = 0; image < 5; image += 1) reducer.apply(done(store, image, 400 * image));
    if (store > 2) continue;
    const error = store === 0 ? NOT_FOUND : TRUNCATED;
    const event = done(store, 5, 2000, error);
    reducer.apply(event);
    failed.push(event);
    const why = { code: error.code, message: error.message, image: 5, url: urlOf(store, 5) };
    const end = { type: 'store_finished', status: 'failed', error: why } as const;
    reducer.apply({ t: timeAt(2000), ...end, ...ids });
  }
  now = 2500;
  return { reducer, run, failed };
}

function activeSlots(): RunView['activities'] {
  return Array.from({ length: 12 }, (_, slot) =>
    createActivity({
      ...{ store: slot, store_id: idOf(slot), images: COUNT.images, image: 5, since: 2000 },
      ...(slot % 3 === 1 ? { phase: 'download', bytes: 40_300 } : {}),
    }),
  );
}

/** The screen of a run of which three images have failed. */
async function runningScreen(columns: number): Promise<string[]> {
  const { run, failed } = runningJob();
  const terminal = createTerminal(columns, 12);
  const [started] = recordedEvents();
  const { stream } = terminal;
  const bars = createBars({ stream, run, elapsed: () => 2500, env: {}, style: STYLE });
  if (started) void bars.onEvent(started);
  for (const event of failed) void bars.onEvent(event);
  await delay(150);
  const screen = await terminal.screen();
  bars.stop();
  return screen;
}

/** The screen after it. */
async function endScreen(columns: number, reducer: Reducer): Promise<string[]> {
  const terminal = createTerminal(columns, 40);
  const lines = summaryLines(
    reducer,
    {
      ...{ word: 'stopped', columns, slowest: null, facts: [['results', 'm.results.json']] },
      steps: [['retry', 'npx imgjob resume spring-audit --retry-failed -o m.results.json']],
    },
    STYLE,
  );
  terminal.stream.write(`${lines.join('\n')}\n`);
  return terminal.screen();
}

const RUNNING = {
  40: [
    'paris-ri…ore-0001 failed: 404 Not Found',
    'paris-…-0002 failed: the body ended af…',
    'paris-…-0003 failed: the body ended af…',
    'sprin…audit 63/1,200  eta 33s  3 failed',
    '  paris-r…e-0001 5/20  gpu',
    '  paris-r…e-0002 5/20  download 40.3 kB',
    '  paris-r…e-0003 5/20  gpu',
    '  paris-r…e-0004 5/20  gpu',
    '  paris-r…e-0005 5/20  download 40.3 kB',
    '  paris-r…e-0006 5/20  gpu',
    '  … and 6 more stores',
  ],
  80: [
    'paris-rivoli-store-0001 failed: image 6 of 20: 404 Not Found',
    'paris-rivoli-store-0002 failed: the body ended after 70 of 500 bytes',
    'paris-rivoli-store-0003 failed: the body ended after 70 of 500 bytes',
    'spring-audit 63/1,200 images  17/s  eta 33s  3 failed  42 skipped  20 reused',
    '  paris-rivoli-store-0001 ━━━━━╸────────────── 5/20  gpu',
    '  paris-rivoli-store-0002 ━━━━━╸────────────── 5/20  download 40.3 kB',
    '  paris-rivoli-store-0003 ━━━━━╸────────────── 5/20  gpu',
    '  paris-rivoli-store-0004 ━━━━━╸────────────── 5/20  gpu',
    '  paris-rivoli-store-0005 ━━━━━╸────────────── 5/20  download 40.3 kB',
    '  paris-rivoli-store-0006 ━━━━━╸────────────── 5/20  gpu',
    '  … and 6 more stores',
  ],
  120: [
    'paris-rivoli-store-0001 failed: image 6 of 20 (https://cdn.example/campaign…/shelf/front-left/1-6.jpg?…): 404 Not Found',
    'paris-rivoli-store-0002 failed: image 6 of 20 (https://cdn.exam…t-left/2-6.jpg?…): the body ended after 70 of 500 bytes',
    'paris-rivoli-store-0003 failed: image 6 of 20 (https://cdn.exam…t-left/3-6.jpg?…): the body ended after 70 of 500 bytes',
    'spring-audit ━━╸───────────────────────────── 63/1,200 images  17/s  eta 33s  3 failed  42 skipped  20 reused',
    '  paris-rivoli-store-0001 ━━━━━╸────────────── 5/20  gpu',
    '  paris-rivoli-store-0002 ━━━━━╸────────────── 5/20  download 40.3 kB',
    '  paris-rivoli-store-0003 ━━━━━╸────────────── 5/20  gpu',
    '  paris-rivoli-store-0004 ━━━━━╸────────────── 5/20  gpu',
    '  paris-rivoli-store-0005 ━━━━━╸────────────── 5/20  download 40.3 kB',
    '  paris-rivoli-store-0006 ━━━━━╸────────────── 5/20  gpu',
    '  … and 6 more stores',
  ],
};

describe('a run', () => {
  it.each([40, 80, 120] as const)('in %d columns', async (columns) => {
    expect(await runningScreen(columns)).toEqual(RUNNING[columns]);
  });
});

const ENDED = {
  40: [
    'stopped  spring-audit  43 of 1,200',
    '    images in 1.6 s (27/s, 4.0 kB)',
    '  stores   3 failed   6 ongoing',
    '           51 pending',
    '  images   60 completed   3 failed',
    '           42 skipped   1,095 pending',
    '           20 reused',
    '  download p50 38 ms   p95 38 ms',
    '',
    '  2 × truncated: the body ended after 7…',
    '      paris-rivo…tore-0002 image 6 of 20',
    '      paris-rivo…tore-0003 image 6 of 20',
    '  1 × http-status 404 from img.example',
    '      paris-rivo…tore-0001 image 6 of 20',
    '',
    '  results  m.results.json',
    '  retry    npx imgjob resume \\',
    '             spring-audit \\',
    '             --retry-failed -o \\',
    '             m.results.json',
  ],
  80: [
    'stopped  spring-audit  43 of 1,200 images in 1.6 s (27/s, 4.0 kB)',
    '  stores   3 failed   6 ongoing   51 pending',
    '  images   60 completed   3 failed   42 skipped   1,095 pending   20 reused',
    '  download p50 38 ms   p95 38 ms',
    '',
    '  2 × truncated: the body ended after 70 of 500 bytes, cdn.example',
    '      paris-rivoli-store-0002 image 6 of 20  https://cdn.examp…nt-left/2-6.jpg?…',
    '      paris-rivoli-store-0003 image 6 of 20  https://cdn.examp…nt-left/3-6.jpg?…',
    '  1 × http-status 404 from img.example',
    '      paris-rivoli-store-0001 image 6 of 20  https://cdn.examp…nt-left/1-6.jpg?…',
    '',
    '  results  m.results.json',
    '  retry    npx imgjob resume spring-audit --retry-failed -o m.results.json',
  ],
  120: [
    'stopped  spring-audit  43 of 1,200 images in 1.6 s (27/s, 4.0 kB)',
    '  stores   3 failed   6 ongoing   51 pending',
    '  images   60 completed   3 failed   42 skipped   1,095 pending   20 reused',
    '  download p50 38 ms   p95 38 ms',
    '',
    '  2 × truncated: the body ended after 70 of 500 bytes, cdn.example',
    '      paris-rivoli-store-0002 image 6 of 20  https://cdn.example/campaign-2026/shelf/front-left/2-6.jpg?…',
    '      paris-rivoli-store-0003 image 6 of 20  https://cdn.example/campaign-2026/shelf/front-left/3-6.jpg?…',
    '  1 × http-status 404 from img.example',
    '      paris-rivoli-store-0001 image 6 of 20  https://cdn.example/campaign-2026/shelf/front-left/1-6.jpg?…',
    '',
    '  results  m.results.json',
    '  retry    npx imgjob resume spring-audit --retry-failed -o m.results.json',
  ],
};

describe('its summary', () => {
  it.each([40, 80, 120] as const)('in %d columns', async (columns) => {
    expect(await endScreen(columns, runningJob().reducer)).toEqual(ENDED[columns]);
  });
});
