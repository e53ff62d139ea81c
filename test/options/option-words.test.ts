import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addAccessOptions, readAccessOptions } from '../../src/cli/access-options.ts';
import { addJobOptions, addPolicies, readJobOptions } from '../../src/cli/job-options.ts';
import { addWorkOptions, readWorkOptions } from '../../src/cli/work-options.ts';
import { DEFAULTS } from '../../src/options/defaults.ts';
import type { JobOptions } from '../../src/options/job-options.ts';
import { optionWords } from '../../src/options/option-words.ts';

/** Every option other than it is by default. */
const OTHERS: JobOptions = {
  ...{ concurrency: 7, sleep_ms: 0, prefetch: true, digest: true, save: '/photos' },
  ...{ timeout_ms: 120_000, stall_timeout_ms: 1500, dns_timeout_ms: 1000 },
  ...{ connect_timeout_ms: 2001, max_bytes: 1_234_567, max_redirects: 0, retries: 0 },
  ...{ retry_delay_ms: 20, retry_max_delay_ms: 1000, headers: [], user_agent: 'my own' },
  ...{ cacert: '/ca.pem', insecure: true, deny_private: true, max_per_host: 4, rate: 5 },
  ...{ allow_hosts: ['a.example', '*.b.example'], deny_hosts: ['*.c.example'] },
  ...{ fail_fast: true, keep_going: true, allow_failures: '5%', work: '/work.mjs' },
  ...{ work_concurrency: 3, work_timeout_ms: 90_000, work_batch: 8, work_batch_wait_ms: 0 },
  ...{ work_retries: 2, work_grace_ms: 1000 },
};

function parsed(words: string[]): JobOptions {
  const command = new Command('run');
  addJobOptions(command);
  addPolicies(command);
  addWorkOptions(command);
  addAccessOptions(command);
  command.parse(words, { from: 'user' });
  const { given } = readAccessOptions(command);
  return { ...DEFAULTS, ...readJobOptions(command), ...readWorkOptions(command), ...given };
}

describe('the options of a job as words', () => {
  it('are read as the same options again, each of them', () => {
    for (const [name, value] of Object.entries(OTHERS)) {
      if (name === 'headers') continue;
      expect(new Map<string, unknown>(Object.entries(DEFAULTS)).get(name)).not.toEqual(value);
    }
    expect(parsed(optionWords(OTHERS))).toEqual(OTHERS);
  });

  it('are none where all are as by default', () => {
    expect(optionWords(DEFAULTS)).toEqual([]);
  });
});
