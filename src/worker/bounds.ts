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
  options.insecure &&= given.insecure ?? true;
  options.deny_hosts = [...new Set([...job.deny_hosts, ...(given.deny_hosts ?? [])])];
  if (given.allow_hosts && job.allow_hosts.length === 0) options.allow_hosts = given.allow_hosts;
  return options;
}
