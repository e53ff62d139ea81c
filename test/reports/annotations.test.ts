import { describe, expect, it } from 'vitest';
import { annotationLines, annotationsOf, shownFailures } from '../../src/reports/annotations.ts';
import { createReducer } from '../../src/results/reducer.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { createManifest, NOT_FOUND } from '../support/effects.ts';
import { everyOutcome, jobAfter } from '../support/every-outcome.ts';
import { finished, RECORDED_STORES, recordedEvents } from '../support/recorded.ts';

const unplaced = { file: 'manifest.json', places: [], level: 'error' as const };

function recordedFold() {
  const reducer = createReducer(createManifest(RECORDED_STORES), createMemoryResults());
  for (const event of recordedEvents()) reducer.apply(event);
  return reducer;
}

/** A job of one failed image with this id, URL and message. */
function failedFold(store_id: string, url: string, message: string) {
  const reducer = createReducer(createManifest([[url]]), createMemoryResults());
  const t = '2026-03-01T09:30:00.000Z';
  reducer.apply({ t, type: 'store_started', job_id: 'test-job', store: 0, store_id });
  const event = finished(0, 0, { ...NOT_FOUND, message });
  if (event.type === 'image_finished')
    reducer.apply({ ...event, result: { ...event.result, url } });
  return reducer;
}

/** A workflow command as GitHub's runner reads a line (ActionCommand.cs, TryParseV2). */
function parse(line: string) {
  const [, info = '', data = ''] = /^\s*::(.*?)::(.*)$/s.exec(line) ?? [];
  const [, name = '', list = ''] = /^(\S*) ?(.*)$/s.exec(info) ?? [];
  const decode = (text: string, escapes: [string, string][]) =>
    escapes.reduce(
      (decoded, [sequence, character]) => decoded.replaceAll(sequence, character),
      text,
    );
  const ends: [string, string][] = [
    ['%0D', '\r'],
    ['%0A', '\n'],
  ];
  const pairs = list.split(',').map((pair) => {
    const [key = '', ...value] = pair.split('=');
    const escapes: [string, string][] = [...ends, ['%3A', ':'], ['%2C', ','], ['%25', '%']];
    return [key, decode(value.join('='), escapes)];
  });
  return { name, ...Object.fromEntries(pairs), data: decode(data, [...ends, ['%25', '%']]) };
}

describe('the annotations of a job', () => {
  it('point at the failed URL, and name store, image, URL and reason', () => {
    const places = [{ line: 14, column: 9 }];
    const { lines, failed } = annotationsOf(recordedFold(), { ...unplaced, places });
    expect(lines).toEqual([
      '::error file=manifest.json,line=14,col=9,title=S2 failed::image 2 of 3 (http://img.example/b/404.png?…): 404 Not Found',
    ]);
    expect(failed).toBe(1);
  });

  it.each([
    ['the manifest is no file', { file: null, places: [{ line: 1, column: 1 }] }],
    ['its place is not known', { file: 'manifest.json', places: [null] }],
  ])('point nowhere where %s', (_, where) => {
    const { lines } = annotationsOf(recordedFold(), { ...where, level: 'error' });
    expect(lines).toEqual([
      '::error title=S2 failed::image 2 of 3 (http://img.example/b/404.png?…): 404 Not Found',
    ]);
  });

  it('are warnings where failures are allowed', () => {
    const { lines } = annotationsOf(recordedFold(), { ...unplaced, level: 'warning' });
    expect(lines).toEqual([expect.stringMatching(/^::warning title=S2 failed::image 2 of 3/)]);
  });

  it('are none of a job without failures', () => {
    const reducer = createReducer(createManifest([[]]), createMemoryResults());
    expect(annotationLines([annotationsOf(reducer, unplaced)])).toEqual([]);
  });
});

describe('of a job with every outcome', () => {
  const { reducer } = jobAfter(everyOutcome());
  const lines = annotationLines([annotationsOf(reducer, unplaced)]);

  it('there are ten in manifest order, then a count of the others as a notice', () => {
    expect(shownFailures(reducer).map(({ store, image }) => [store, image])).toEqual([
      ...[
        [1, 1],
        [1, 2],
        [2, 0],
        [3, 0],
        [4, 0],
        [5, 0],
        [6, 0],
        [7, 0],
        [8, 0],
        [9, 0],
      ],
    ]);
    expect(lines.map((line) => parse(line).name)).toEqual([
      ...Array.from({ length: 10 }, () => 'error'),
      'notice',
    ]);
    expect(lines.at(-1)).toBe('::notice title=imgjob::13 more failed images');
  });

  it('hostile text stays in its place', () => {
    const { name, title, data } = parse(lines[2] ?? '');
    expect(name).toBe('error');
    expect(title).toMatch(/^S"'<script>alert\(1\).* failed$/);
    expect(data).toMatch(/^image 1 of 2 \(http:\/\/evil\.example.*: 500 <\/script>/);
  });

  it('they tell no secrets of URLs', () => {
    expect(lines.join('\n')).not.toMatch(/secret|token|#f/);
  });
});

describe('foreign text in an annotation', () => {
  it.each([
    ['a::error::b', 'a::error::b'],
    ['x,line=1,file=/etc/passwd', 'x,line=1,file=/etc/passwd'],
    ['100%, %0A %3A %25', '100%, %0A %3A %25'],
    ['a\r\n::stop-commands::b', 'a::stop-commands::b'],
    ['\u2028::error::\u0085[error]', '::error::[error]'],
  ])('%j comes through the runner as it is', (text, shown) => {
    const url = `http://cdn.example/${text}`;
    const reducer = failedFold(text, url, text);
    const places = [{ line: 3, column: 5 }];
    const [line = ''] = annotationsOf(reducer, { ...unplaced, file: text, places }).lines;
    expect(line).not.toMatch(/[\r\n\u0085\u2028]/);
    expect(parse(line)).toEqual({
      ...{ name: 'error', file: shown, line: '3', col: '5', title: `${shown} failed` },
      data: `image 1 of 1 (http://cdn.example/${shown}): ${shown}`,
    });
  });
});

describe('the annotations of several jobs', () => {
  const job = (name: string, failed: number) => ({
    lines: Array.from({ length: Math.min(failed, 10) }, (_, index) => `${name}${index + 1}`),
    failed,
  });

  it('are ten together, in their order: each job has its first', () => {
    expect(annotationLines([job('a', 50), job('b', 1), job('c', 3)])).toEqual([
      ...['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'b1', 'c1', 'c2', 'c3'],
      '::notice title=imgjob::44 more failed images',
    ]);
  });

  it('are counted as one where there is one more', () => {
    expect(annotationLines([job('a', 10), job('b', 1)]).at(-1)).toBe(
      '::notice title=imgjob::1 more failed image',
    );
  });

  it('are all of them where there are ten', () => {
    expect(annotationLines([job('a', 9), job('b', 1)])).toHaveLength(10);
  });
});
