import type { PlanFacts, Ranking, ScheduleFacts } from './plan-lines.ts';

/** What programs read of a job before it runs, in the order in which it is written; durations in milliseconds. */
export function planFields(facts: PlanFacts): Record<string, unknown> {
  const { job_id, file, stores, empty_stores, images, hosts, schedule } = facts;
  const { bad_urls, repeats, repeated, watched_urls, longest } = facts;
  return {
    schema_version: 1,
    ...{ job_id, file, stores, empty_stores, images, hosts: hosts.total },
    images_of_hosts: rowsOf(hosts, 'host'),
    ...{ bad_urls, repeats, repeated_urls: repeated.total },
    most_repeated: rowsOf(repeated, 'url'),
    watched_urls,
    longest_store: longest,
    ...timesOf(schedule),
  };
}

function rowsOf({ top }: Ranking, name: string): Record<string, unknown>[] {
  return top.map(({ text, count }) => ({ [name]: text, images: count }));
}

function timesOf({ sleep_ms, cap, time, useful_cap, best_time }: ScheduleFacts) {
  return {
    concurrency: cap,
    sleep_ms,
    /** With downloads that take no time. */
    least_ms: time * sleep_ms,
    useful_concurrency: useful_cap,
    least_ms_then: best_time * sleep_ms,
  };
}
