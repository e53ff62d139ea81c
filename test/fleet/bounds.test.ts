import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../src/options/defaults.ts';
import type { JobOptions } from '../../src/options/job-options.ts';
import { boundedOptions } from '../../src/worker/bounds.ts';

type Row<Name extends keyof JobOptions = keyof JobOptions> = [
  name: Name,
  job: JobOptions[Name],
  given: JobOptions[Name] | undefined,
  follows: JobOptions[Name],
];

/** A number of the job, one of the worker, and what comes of both: each way round, and without the worker's. */
const least = (name: keyof JobOptions, small: number, large: number): Row[] => [
  [name, large, small, small],
  [name, small, large, small],
  [name, large, undefined, large],
];

const ROWS: Row[] = [
  ...least('timeout_ms', 5000, 60_000),
  ...least('dns_timeout_ms', 500, 10_000),
  ...least('connect_timeout_ms', 500, 10_000),
  ...least('stall_timeout_ms', 500, 15_000),
  ...least('max_bytes', 1000, 50_000_000),
  ...least('max_redirects', 0, 100),
  ...least('retries', 0, 100),
  ...least('retry_delay_ms', 10, 500),
  ...least('retry_max_delay_ms', 1000, 2_147_483_647),
  ...least('max_per_host', 2, 10_000),
  ...least('rate', 0.5, 1_000_000),
  ...least('work_timeout_ms', 1000, 60_000),
  ...least('work_retries', 0, 100),
  ['max_per_host', null, 4, 4],
  ['rate', null, 20, 20],
  ['deny_private', false, true, true],
  ['deny_private', true, undefined, true],
  ['deny_private', false, undefined, false],
  ['deny_hosts', ['a.example'], ['b.example'], ['a.example', 'b.example']],
  ['deny_hosts', [], ['b.example'], ['b.example']],
  ['deny_hosts', ['a.example'], undefined, ['a.example']],
  ['allow_hosts', [], ['b.example'], ['b.example']],
  ['allow_hosts', ['a.example'], undefined, ['a.example']],
  ['allow_hosts', ['a.example', 'b.example'], ['b.example'], ['b.example']],
  ['allow_hosts', ['*'], ['b.example'], ['b.example']],
  ['allow_hosts', ['img.b.example', 'a.example'], ['*.b.example'], ['img.b.example']],
  ['allow_hosts', ['*.b.example'], ['img.b.example', 'a.example'], ['img.b.example']],
  ['allow_hosts', ['*.b.example'], ['*.img.b.example'], ['*.img.b.example']],
  ['work', './evil.mjs', undefined, null],
  ['work', './evil.mjs', './own.mjs', './own.mjs'],
  ['cacert', '/from/the/job.pem', '/own.pem', '/own.pem'],
];

describe("an option of a job at a worker's", () => {
  it.each(ROWS)('%s %j where the worker has %j is %j', (name, job, given, follows) => {
    const own = given === undefined ? {} : { [name]: given };
    const options = boundedOptions({ ...DEFAULTS, [name]: job }, own);
    expect(options[name]).toEqual(follows);
  });

  it.each([
    [['a.example'], ['b.example']],
    // What is below a name is not that name.
    [['b.example'], ['*.b.example']],
    [['evil-b.example'], ['*.b.example']],
  ])('allow_hosts %j where the worker has %j is none', (job, given) => {
    const options = boundedOptions({ ...DEFAULTS, allow_hosts: job }, { allow_hosts: given });
    expect(options.deny_hosts).toEqual(['*']);
  });

  it('is any of its network: none has been forgotten', () => {
    const others = [
      ...['concurrency', 'sleep_ms', 'prefetch', 'digest', 'save', 'headers', 'user_agent'],
      ...['insecure', 'fail_fast', 'keep_going', 'allow_failures'],
      ...['work_concurrency', 'work_batch', 'work_batch_wait_ms', 'work_grace_ms'],
    ];
    const bounded = new Set<string>(ROWS.map(([name]) => name));
    expect([...bounded, ...others].sort()).toEqual(Object.keys(DEFAULTS).sort());
  });
});
