import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { createJsonEvents } from '../../src/progress/json-events.ts';
import { createLines } from '../../src/progress/lines.ts';
import type { RunView } from '../../src/progress/progress.ts';
import type { JobEvent } from '../../src/results/events.ts';
import { createRateMeter } from '../../src/results/rate.ts';
import { createReducer } from '../../src/results/reducer.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { resultsText } from '../../src/results/results-text.ts';
import { collect } from '../support/collect.ts';
import { createManifest, equalStores, NOT_FOUND } from '../support/effects.ts';
import { finished, recordedEvents, recordedJob } from '../support/recorded.ts';
import { createActivity, viewOf } from '../support/run-view.ts';
import { createTerminal } from '../support/terminal.ts';

describe('plain lines', () => {
  function start(run: RunView, elapsed = () => 0) {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const terminal = createTerminal(200, 24);
    const lines = createLines({ stream: terminal.stream, run, elapsed, env: {} });
    return { lines, written: terminal.written };
  }

  it('come at the start, every five seconds, and for a failed image', () => {
    const events = recordedEvents();
    const job = recordedJob(events.slice(0, 12));
    const activities = [createActivity({ store: 1, store_id: 'S2\u001b[31m', images: 3 })];
    const { lines, written } = start(viewOf(job.reducer, { activities }));
    for (const event of events) void lines.onEvent(event);
    vi.advanceTimersByTime(12_000);
    lines.stop();
    vi.advanceTimersByTime(12_000);
    vi.useRealTimers();
    expect(written().split('\n')).toEqual([
      'spring-audit  3 stores, 5 images, 4 at once',
      'S2[31m failed: image 2 of 3 (http://img.example/b/404.png?…): 404 Not Found',
      'spring-audit  4/5 images  1 failed',
      'spring-audit  4/5 images  1 failed',
      '',
    ]);
  });

  it('name the first ten failed images, and say that others are only counted', () => {
    const reducer = createReducer(createManifest(equalStores(12, 1)), createMemoryResults());
    const activities = Array.from({ length: 12 }, (_, store) =>
      createActivity({ job_id: 'test-job', store, store_id: `S${store + 1}`, images: 1 }),
    );
    const { lines, written } = start(viewOf(reducer, { activities }));
    for (let store = 0; store < 12; store += 1) {
      void lines.onEvent({ ...finished(store, 0, NOT_FOUND), job_id: 'test-job' });
    }
    lines.stop();
    vi.useRealTimers();
    const said = written().trimEnd().split('\n');
    expect(said).toHaveLength(11);
    expect(said[9]).toBe('S10 failed: image 1 of 1 (http://img.example/): 404 Not Found');
    expect(said[10]).toBe('further failures are only counted');
  });

  it('name the store that waits longest', () => {
    const activities = [
      createActivity({ phase: 'download', since: 9000, store_id: 'S1' }),
      createActivity({ phase: 'download', since: 1000, store_id: 'S2' }),
      createActivity({ phase: 'work', since: 0, store_id: 'S3' }),
    ];
    const { lines, written } = start({ snapshots: () => [], activities }, () => 42_000);
    vi.advanceTimersByTime(5000);
    lines.stop();
    vi.useRealTimers();
    expect(written()).toContain('S2 waits 41 s for img.example\n');
  });
});

/** A run without a job. */
const NOTHING: RunView = { snapshots: () => [], activities: [] };

describe('events as JSON lines', () => {
  it('are written whole, each safe on a terminal', () => {
    const terminal = createTerminal(80, 24);
    const json = createJsonEvents({
      stream: terminal.stream,
      run: NOTHING,
      elapsed: () => 0,
      env: {},
    });
    const event: JobEvent = {
      t: '2026-03-01T09:30:00.000Z',
      type: 'store_started',
      job_id: 'a',
      store: 0,
      store_id: 'S\u009b1\u202e',
    };
    void json.onEvent(event);
    expect(terminal.written()).not.toMatch(/[\u009b\u202e]/);
    expect(JSON.parse(terminal.written())).toEqual(event);
  });

  it('make the engine wait while the stream is behind, until it drains or closes', async () => {
    const terminal = createTerminal(80, 24);
    vi.spyOn(terminal.stream, 'write').mockReturnValue(false);
    const { stream } = terminal;
    const json = createJsonEvents({ stream, run: NOTHING, elapsed: () => 0, env: {} });
    for (const signal of ['drain', 'close']) {
      let done = false;
      const waiting = json.onEvent(finished(0, 0));
      void waiting?.then(() => {
        done = true;
      });
      await delay(1);
      expect(done).toBe(false);
      terminal.stream.emit(signal);
      await waiting;
      expect(done).toBe(true);
    }
    expect(terminal.stream.listenerCount('drain')).toBe(0);
  });
});

describe('the results as text', () => {
  it('come in blocks, however long the document is', async () => {
    const stores = Array.from({ length: 2000 }, () => ['http://img.example/a.png']);
    const manifest = createManifest(stores);
    const results = createMemoryResults();
    const blocks = await collect(
      resultsText({ manifest, results, reducer: createReducer(manifest, results) }, 'json'),
    );
    expect(blocks.length).toBeGreaterThan(5);
    expect(Math.max(...blocks.map((block) => block.length))).toBeLessThan(100_000);
    expect(JSON.parse(blocks.join('')).stores).toHaveLength(2000);
  });

  it('are the same document as JSON and as NDJSON', async () => {
    const job = recordedJob(recordedEvents());
    const json = JSON.parse((await collect(resultsText(job, 'json'))).join(''));
    const lines = (await collect(resultsText(job, 'ndjson'))).join('').trimEnd().split('\n');
    const [head, ...stores] = lines.map((line) => JSON.parse(line)).reverse();
    const withoutId = stores.reverse().map(({ job_id: _, ...store }) => store);
    expect({ ...head, stores: withoutId }).toEqual(json);
  });
});

describe('the rate', () => {
  it('is that of the last 15 s, and unknown before anything came', () => {
    let now = 0;
    const meter = createRateMeter(() => now, 0);
    expect(meter.sample(0)).toBeNull();
    let count = 0;
    const run = (seconds: number, perSecond: number) => {
      let rate: number | null = null;
      for (let step = 0; step < seconds * 10; step += 1) {
        now += 100;
        count += perSecond / 10;
        rate = meter.sample(count);
      }
      return rate;
    };
    expect(run(60, 100)).toBeCloseTo(100, 0);
    expect(run(20, 10)).toBeCloseTo(10, 0);
  });
});
