import { describe, expect, it } from 'vitest';
import { attemptLines } from '../../src/explain/attempt-lines.ts';
import type { Retried } from '../../src/results/events.ts';
import { failed } from '../support/documents.ts';

describe('the attempts', () => {
  const retried = (attempt: number, t: string, more: Partial<Retried> = {}): Retried => ({
    t,
    type: 'image_retrying',
    job_id: 'spring-audit',
    store: 0,
    image: 0,
    attempt,
    code: 'http-status',
    http_status: 503,
    host: 'cdn.example',
    bytes: 0,
    download_ms: 31,
    wait_ms: 740,
    ...more,
  });
  const result = failed({ attempts: 3, duration_ms: 5100, download_ms: 30, bytes: 162 });
  const first = retried(1, '2026-03-01T09:30:01.151Z');
  const second = retried(2, '2026-03-01T09:30:03.000Z', {
    code: 'truncated',
    http_status: 200,
    bytes: 40_321,
    wait_ms: 1200,
  });

  it('have their time, status, bytes and wait each', () => {
    expect(attemptLines(result, { retries: [first, second], prefetch: false })).toEqual([
      '3 in 5.1 s on 2026-03-01, UTC',
      '  1       09:30:01.120  503 from cdn.example, 0 B in 31 ms, then waited 740 ms',
      '  2       09:30:01.891  200 truncated from cdn.example, 40.3 kB in 31 ms, then waited 1.2 s',
      '  3       09:30:04.200  404 from cdn.example, 162 B in 30 ms',
    ]);
  });

  it('at the work come after those at the download', () => {
    const busy = retried(1, '2026-03-01T09:30:05.000Z', {
      ...{ step: 'work', code: 'work', reason: 'threw', http_status: null, host: null },
      ...{ download_ms: 0, work_ms: 40, wait_ms: 700 },
    });
    const worked = failed({
      attempts: 1,
      duration_ms: 5100,
      download_ms: 30,
      work_ms: 20,
      bytes: 9,
    });
    const lines = attemptLines(worked, { retries: [busy], prefetch: false });
    expect(lines).toHaveLength(3);
    expect(lines.at(-1)).toBe('  work 1  09:30:04.960  threw after 40 ms, then waited 700 ms');
  });

  it('say what stood in place of a status', () => {
    const timeout = retried(1, first.t, { code: 'timeout', http_status: null });
    const invalid = { code: 'dns' as const, message: '', http_status: null, host: null };
    const options = { retries: [timeout], prefetch: false };
    expect(attemptLines(failed({ attempts: 2, error: invalid }), options).slice(1)).toEqual([
      '  1       09:30:01.120  timeout at cdn.example, 0 B in 31 ms, then waited 740 ms',
      '  2       09:30:01.891  dns, 0 B in 30 ms',
    ]);
  });

  it('that were made ahead of their turn have their own times, not those when they were told', () => {
    const told = '2026-03-01T09:30:09.000Z';
    const retries = [retried(1, told), retried(2, told)];
    const lines = attemptLines(result, { retries, prefetch: true });
    expect(lines.map((line) => line.slice(10, 22)).slice(1)).toEqual([
      '09:30:01.120',
      '09:30:01.891',
      '09:30:02.662',
    ]);
  });

  it('that no journal tells of are counted, and the last one is known', () => {
    expect(attemptLines(result, { retries: null, prefetch: false }).slice(1)).toEqual([
      '  1–2     known to the journal of the job alone',
      '  3       09:30:06.190  404 from cdn.example, 162 B in 30 ms',
    ]);
  });

  it('whose lines of the journal are lost are said to be so', () => {
    expect(attemptLines(result, { retries: [second], prefetch: false })[1]).toBe(
      '  1       not to be found in the journal',
    );
  });
});
