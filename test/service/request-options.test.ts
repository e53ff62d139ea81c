import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../src/options/defaults.ts';
import { jobOptionsSchema } from '../../src/options/job-options.ts';
import { ASKABLE, keptOptions, requestedOptions } from '../../src/service/request-options.ts';

/** What names files of the server, lets a job be careless, or is of its threads. */
const OPERATORS = [
  'headers',
  'cacert',
  'insecure',
  'allow_hosts',
  'save',
  'work',
  'work_concurrency',
  'work_batch',
  'work_batch_wait_ms',
  'work_grace_ms',
] as const;

describe('the options of a submission', () => {
  it('are each either to be asked for, or the operator’s alone', () => {
    const all = Object.keys(jobOptionsSchema.shape);
    expect([...Object.keys(ASKABLE), ...OPERATORS].sort()).toEqual(all.sort());
  });

  it.each(OPERATORS)('can’t ask for %s', (name) => {
    const ask = () => requestedOptions(new URLSearchParams({ [name]: '1' }), DEFAULTS);
    expect(ask).toThrow(`${name}: a submission has no such option`);
  });

  const asked = (query: Record<string, string>, operator = {}) =>
    requestedOptions(new URLSearchParams(query), { ...DEFAULTS, ...operator });

  it.each([
    ['sleep_ms', 60_000, {}],
    ['sleep_ms', 90_000, { sleep_ms: 90_000 }],
    ['retries', 10, {}],
    ['retries', 50, { retries: 50 }],
    ['retry_delay_ms', 5000, { retry_max_delay_ms: 5000 }],
    ['retry_delay_ms', 9000, { retry_max_delay_ms: 5000, retry_delay_ms: 9000 }],
  ])(
    'hold what all jobs share no longer than the server allows: %s up to %d',
    (name, most, operator) => {
      expect(asked({ [name]: String(most) }, operator)).toMatchObject({ [name]: most });
      expect(() => asked({ [name]: String(most + 1) }, operator)).toThrow(
        `${name}: expected at most ${most}, which this server allows`,
      );
    },
  );

  it('are as they were after a restart, but for those of the operator', () => {
    const kept = { ...DEFAULTS, retries: 7, work: '/old.mjs', work_batch: 4, insecure: true };
    const operator = { ...DEFAULTS, retries: 1, work: '/new.mjs', work_batch: 32 };
    expect(keptOptions(kept, operator)).toEqual({ ...operator, retries: 7 });
  });
});
