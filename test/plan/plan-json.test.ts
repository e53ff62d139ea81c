import { expect, it } from 'vitest';
import { planFields } from '../../src/plan/plan-json.ts';

it('a plan for programs has fixed keys, and its times in milliseconds', () => {
  const fields = planFields({
    ...{ job_id: 'spring-audit', file: 'm.json', validate: 'imgjob validate m.json' },
    ...{ stores: 4, empty_stores: 1, images: 14 },
    hosts: { total: 3, top: [{ text: 'cdn.example', count: 5 }] },
    ...{ bad_urls: 3, repeated: { total: 2, top: [{ text: '', count: 2 }] }, repeats: 3 },
    watched_urls: null,
    longest: { store_id: 'S0004', images: 6 },
    schedule: { sleep_ms: 400, cap: 2, time: 8, useful_cap: 3, max_cap: 10_000, best_time: 6 },
  });
  expect(Object.entries(fields)).toEqual([
    ['schema_version', 1],
    ['job_id', 'spring-audit'],
    ['file', 'm.json'],
    ['stores', 4],
    ['empty_stores', 1],
    ['images', 14],
    ['hosts', 3],
    ['images_of_hosts', [{ host: 'cdn.example', images: 5 }]],
    ['bad_urls', 3],
    ['repeats', 3],
    ['repeated_urls', 2],
    ['most_repeated', [{ url: '', images: 2 }]],
    ['watched_urls', null],
    ['longest_store', { store_id: 'S0004', images: 6 }],
    ['concurrency', 2],
    ['sleep_ms', 400],
    ['least_ms', 3200],
    ['useful_concurrency', 3],
    ['least_ms_then', 2400],
  ]);
});
