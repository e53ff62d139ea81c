import type { Runner } from '../runner/runner.ts';
import type { JobRecord } from '../service/job-record.ts';
import type { Service } from '../service/service.ts';
import type { JobEntry } from './schemas.ts';

/** A job as a list has it. */
export function jobEntry(
  record: JobRecord,
  { service, runner }: { service: Service; runner: Runner },
): JobEntry {
  const { job_id, status, stores, images, started_at, finished_at, duration_ms } = record;
  const look = runner.snapshot(job_id);
  return {
    job_id,
    status,
    state: service.stateOf(record),
    ...{ stores, images },
    submitted_at: record.submitted ? new Date(record.at).toISOString() : null,
    ...{ started_at, finished_at, duration_ms },
    progress: look && {
      images_done: look.done,
      stores_failed: look.stores.failed,
      ...pace(look),
    },
  };
}

/** Images a second, and milliseconds to go, as they are told. */
export function pace({ rate, eta_ms }: { rate: number | null; eta_ms: number | null }) {
  return {
    rate: rate === null ? null : Math.round(rate * 10) / 10,
    eta_ms: eta_ms === null ? null : Math.round(eta_ms),
  };
}
