import { describe, expect, it } from 'vitest';
import { type Facts, summaryLines } from '../../src/reports/summary.ts';
import { createReducer } from '../../src/results/reducer.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { type SlowestStore, slowestStore } from '../../src/results/slowest-store.ts';
import { createManifest, equalStores, NOT_FOUND } from '../support/effects.ts';
import { finished, recordedEvents, recordedJob } from '../support/recorded.ts';

const STYLE = { unicode: true, color: false };

const written = (name: string, slowest: SlowestStore | null = null) => ({
  ...{ word: 'stopped', slowest, steps: [], columns: null },
  facts: [['results', name]] satisfies Facts,
});

describe('the closing summary', () => {
  it('says what happened, why, and where the results are', async () => {
    const job = recordedJob(recordedEvents());
    const summary = written('m.results.json', await slowestStore(job));
    expect(summaryLines(job.reducer, summary, STYLE)).toEqual([
      'failed  spring-audit  4 of 5 images in 2.0 s (2.0/s, 300 B)',
      '  stores   2 completed   1 failed',
      '  images   3 completed   1 failed   1 skipped',
      '  download p50 10 ms   p95 10 ms',
      '  slowest  S2, 1.9 s for 2 images',
      '',
      '  1 × http-status 404 from img.example   S2 image 2 of 3  http://img.example/b/404.png?…',
      '',
      '  results  m.results.json',
    ]);
  });

  it('names no place where the results could not be written', () => {
    const { reducer } = recordedJob(recordedEvents());
    expect(summaryLines(reducer, { ...written('x'), facts: [] }, STYLE).join('\n')).not.toContain(
      'results',
    );
  });

  it('has each failure’s own message where those of a cause differ', () => {
    const manifest = createManifest(equalStores(3, 1));
    const reducer = createReducer(manifest, createMemoryResults());
    const work = { code: 'work' as const, http_status: null, host: null };
    for (const [store, message] of ['no model', 'not done within 2 s'].entries()) {
      reducer.apply(finished(store, 0, { ...work, message }));
    }
    const text = summaryLines(reducer, written('x'), STYLE).join('\n');
    expect(text).toContain('  2 × work    image 1 of 1: no model  http');
    expect(text).toContain('\n       image 1 of 1: not done within 2 s  http');
  });

  it('has the most frequent causes with ten failures, and at most 25 lines', () => {
    const manifest = createManifest(equalStores(900, 1));
    const reducer = createReducer(manifest, createMemoryResults());
    for (let store = 0; store < 900; store += 1) {
      const host = store < 312 ? 'cdn.example' : `h${store % 150}.example`;
      reducer.apply(finished(store, 0, { ...NOT_FOUND, http_status: 503, host }));
    }
    const lines = summaryLines(reducer, written('x'), STYLE);
    expect(lines.length).toBeLessThanOrEqual(25);
    expect(lines[4]).toMatch(/^ {2}312 × http-status 503 from cdn\.example {3}/);
    expect(lines.filter((line) => / image 1 of 1 /.test(line))).toHaveLength(10);
    expect(lines.join('\n')).toMatch(/… and \d+ failures of other causes/);
  });

  it('shares its room among all causes, and counts what is not shown of each', () => {
    const manifest = createManifest(equalStores(40, 1));
    const reducer = createReducer(manifest, createMemoryResults());
    for (let store = 0; store < 40; store += 1) {
      const host = ['a.example', 'b.example', 'c.example'][store < 30 ? 0 : store < 38 ? 1 : 2];
      reducer.apply(finished(store, 0, { ...NOT_FOUND, host: host ?? null }));
    }
    const lines = summaryLines(reducer, written('x'), STYLE).slice(4, -2);
    expect(lines.map((line) => line.replace(/ image 1 of 1 .*/, ' …'))).toEqual([
      '  30 × http-status 404 from a.example    …',
      ...Array.from({ length: 3 }, () => '       …'),
      '      … and 26 more',
      '  8 × http-status 404 from b.example    …',
      ...Array.from({ length: 3 }, () => '       …'),
      '      … and 4 more',
      '  2 × http-status 404 from c.example    …',
      '       …',
    ]);
  });

  it('says what was worked on and downloaded, not what was taken over', () => {
    const manifest = createManifest([Array.from({ length: 1200 }, () => 'http://img.example/')]);
    const reducer = createReducer(manifest, createMemoryResults());
    for (const event of recordedEvents().slice(0, 2)) reducer.apply(event);
    for (let image = 0; image < 1200; image += 1) {
      reducer.apply({ ...finished(0, image), ...(image < 1134 ? { reused: true } : {}) });
    }
    const said = { ...written('x'), word: 'running', facts: [] };
    expect(summaryLines(reducer, said, STYLE)).toEqual([
      'running  test-job  1,200 images: 66 in 1.0 s (66/s, 6.6 kB), 1,134 reused',
      '  stores   1 ongoing',
      '  images   1,200 completed   1,134 reused',
      '  download p50 10 ms   p95 10 ms',
    ]);
  });

  it('keeps to 25 lines, whatever there is to say', () => {
    const manifest = createManifest(equalStores(900, 1));
    const reducer = createReducer(manifest, createMemoryResults());
    for (let store = 0; store < 900; store += 1) {
      const error = { ...NOT_FOUND, http_status: 400 + (store % 200) };
      reducer.apply(finished(store, 0, store % 7 === 0 ? null : error));
    }
    const facts = Array.from({ length: 8 }, () => ['results', 'x'] satisfies [string, string]);
    const said = { ...written('x'), facts, steps: facts.slice(0, 3) };
    for (const columns of [null, 80, 120]) {
      const lines = summaryLines(reducer, { ...said, columns }, STYLE);
      expect(lines.length).toBeLessThanOrEqual(25);
      expect(lines.join('\n')).toMatch(/… and [\d,]+ failures of other causes/);
    }
  });

  it('colours only on a terminal that wants it, and passes on no escape of an id', () => {
    const { reducer } = recordedJob(recordedEvents());
    expect(summaryLines(reducer, written('x'), { unicode: true, color: true })[0]).toContain(
      '\u001b[31mfailed',
    );
    expect(summaryLines(reducer, written('a\u001b[2Jb'), STYLE).join('')).not.toContain('\u001b');
  });
});
