import { describe, expect, it } from 'vitest';
import { connectionFault } from '../../src/download/faults.ts';
import { markRetryable } from '../../src/download/retryable.ts';
import { createFault } from '../../src/job/effects.ts';
import { FAULT_CODES } from '../../src/results/results-schema.ts';

const passes = (code: (typeof FAULT_CODES)[number], http_status: number | null = null) =>
  'retry_after_ms' in markRetryable({ ...createFault(code, ''), http_status });

describe('a fault that may pass', () => {
  it('is one of the network', () => {
    expect(FAULT_CODES.filter((code) => passes(code))).toEqual([
      ...['connect', 'timeout', 'disconnected', 'truncated'],
    ]);
  });

  it('or a status that says so', () => {
    const all = Array.from({ length: 500 }, (_, index) => 100 + index);
    expect(all.filter((status) => passes('http-status', status))).toEqual([
      ...[...[408, 425, 429, 500, 502, 503, 504], ...[520, 521, 522, 523, 524, 527, 530]],
    ]);
  });
});

describe('a name that can’t be resolved', () => {
  const fault = (code: string) =>
    connectionFault(Object.assign(new Error(code), { code }), {
      ...{ host: 'cdn.example', http_status: null, received: 0, expected: null },
      connect_timeout_ms: 1000,
    });
  it('is asked for again where its name server did not answer', () => {
    expect(fault('EAI_AGAIN')).toMatchObject({ code: 'dns', retry_after_ms: null });
  });
  it('and not where it is not there', () => {
    expect(fault('ENOTFOUND')).not.toHaveProperty('retry_after_ms');
  });
});
