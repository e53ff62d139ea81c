import { describe, expect, it } from 'vitest';
import { createJobIndex } from '../../src/service/job-index.ts';
import type { JobRecord } from '../../src/service/job-record.ts';

const record = (job_id: string, at: number, more: Partial<JobRecord> = {}): JobRecord => ({
  ...{ job_id, at, status: 'completed', stores: 1, images: 1, duration_ms: 5 },
  ...{ started_at: null, finished_at: null, stopped_by: null, delivered: true },
  ...{ submitted: true, key: null, content: null, journal_bytes: 100 },
  ...more,
});

const everything = { status: null, accepts: () => true, limit: 3, after: null };

describe('the index of jobs', () => {
  it('has the newest first, whatever the order they came in, and a page behind each', () => {
    const index = createJobIndex();
    for (const [id, at] of [
      ['c', 3],
      ['a', 1],
      ['d', 3],
      ['b', 2],
    ] as const) {
      index.put(record(id, at));
    }
    const first = index.page(everything);
    expect(first.records.map(({ job_id }) => job_id)).toEqual(['d', 'c', 'b']);
    const second = index.page({ ...everything, after: first.next });
    expect(second.records.map(({ job_id }) => job_id)).toEqual(['a']);
    expect(second.next).toBeNull();
  });

  it('goes on where a page ended, also where jobs came and went meanwhile', () => {
    const index = createJobIndex();
    for (const [id, at] of [
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['d', 4],
      ['e', 5],
    ] as const) {
      index.put(record(id, at));
    }
    const { next } = index.page(everything);
    index.remove('c');
    index.put(record('f', 6));
    index.put(record('e', 7));
    const rest = index.page({ ...everything, after: next });
    expect(rest.records.map(({ job_id }) => job_id)).toEqual(['b', 'a']);
  });

  it('finds a job in any case, and by its key, until it is removed', () => {
    const changes: [string, boolean][] = [];
    const index = createJobIndex((job_id, now) => changes.push([job_id, now !== null]));
    index.put(record('Spring', 1, { key: 'k' }));
    expect(index.get('SPRING')?.job_id).toBe('Spring');
    expect(index.byKey('k')?.job_id).toBe('Spring');
    index.put(record('spring', 2));
    expect([index.byKey('k'), index.all().length]).toEqual([null, 1]);
    index.remove('sPring');
    expect([index.get('spring'), index.all().length]).toEqual([null, 0]);
    expect(changes).toEqual([
      ['Spring', true],
      ['spring', true],
      ['sPring', false],
    ]);
  });

  it.each(['x', '', '~', '99999999999999999999~a', '-1~a', 'NaN~a'])(
    'takes a place that is none for the end: %s',
    (after) => {
      const index = createJobIndex();
      index.put(record('a', 1));
      expect(index.page({ ...everything, after }).records).toEqual([]);
    },
  );

  it('lists 100,000 jobs in 50 ms a page', () => {
    const index = createJobIndex();
    const count = 100_000;
    for (let at = 0; at < count; at += 1) {
      index.put(record(`job-${at}`, at, { status: at === 7 ? 'failed' : 'completed' }));
    }
    const pages = (status: JobRecord['status'] | null) => {
      const begun = process.cpuUsage().user;
      const accepts = () => true;
      for (let each = 0; each < 10; each += 1)
        index.page({ status, accepts, limit: 50, after: null });
      return (process.cpuUsage().user - begun) / 1000 / 10;
    };
    expect(pages(null)).toBeLessThan(5);
    // One that would be looked for among all.
    expect(pages('failed')).toBeLessThan(5);
    expect(index.page({ ...everything, status: 'failed' }).records).toHaveLength(1);
  });
});
