import type { JobOptions } from '../options/job-options.ts';

/** What a worker's own machine allows: an option of a job that is a number is no larger than these. */
const LESS = [
  'timeout_ms',
  'dns_timeout_ms',
  'connect_timeout_ms',
  'stall_timeout_ms',
  'max_bytes',
  'max_redirects',
  'retries',
  'retry_delay_ms',
  'retry_max_delay_ms',
  'max_per_host',
  'rate',
  'work_timeout_ms',
  'work_retries',
] as const satisfies readonly (keyof JobOptions)[];

/** How the work is loaded and fed is a matter of the machine that does it. */
const OWN = [
  'work',
  'work_concurrency',
  'work_batch',
  'work_batch_wait_ms',
  'work_grace_ms',
  'cacert',
] as const satisfies readonly (keyof JobOptions)[];

/** A job's options as this worker follows them: `given` are its own. */
export function boundedOptions(job: JobOptions, given: Partial<JobOptions>): JobOptions {
  const options: JobOptions = { ...job, work: given.work ?? null };
  for (const name of LESS) {
    const most = given[name];
    if (most != null) Object.assign(options, { [name]: Math.min(most, job[name] ?? most) });
  }
  for (const name of OWN) {
    if (given[name] !== undefined) Object.assign(options, { [name]: given[name] });
  }
  options.deny_private ||= given.deny_private ?? false;
  options.deny_hosts = [...new Set([...job.deny_hosts, ...(given.deny_hosts ?? [])])];
  const allowed = allowedByBoth(job.allow_hosts, given.allow_hosts ?? []);
  if (allowed) options.allow_hosts = allowed;
  else options.deny_hosts = ['*'];
  return options;
}

/** Patterns of the hosts that two lists allow, of which one without any allows all; null for none. */
function allowedByBoth(some: readonly string[], others: readonly string[]): string[] | null {
  if (some.length === 0 || others.length === 0) return [...some, ...others];
  const both = new Set<string>();
  for (const one of some) {
    for (const other of others) {
      if (isWithin(one, other)) both.add(one);
      else if (isWithin(other, one)) both.add(other);
    }
  }
  return both.size === 0 ? null : [...both];
}

/** Whether a pattern names no host that the other does not (download/host-rules.ts). */
function isWithin(pattern: string, other: string): boolean {
  if (other === '*' || pattern === other) return true;
  return other.startsWith('*.') && pattern.endsWith(other.slice(1));
}
