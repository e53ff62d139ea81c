import { messageOf } from '../errors.ts';
import type { Log } from '../terminal/log.ts';
import type { Service } from './service.ts';

/** How long jobs that have ended are kept; null for ever. */
export type Retention = {
  /** Milliseconds since a job has finished. */
  age_ms: number | null;
  /** How many of them. */
  count: number | null;
};

/** Removes the jobs that were handed in here, have ended, and are older or more than are to be kept. */
export async function removeOutdated(
  service: Service,
  { age_ms, count }: Retention,
  { now, log }: { now: number; log: Log },
): Promise<void> {
  const ended = service.index
    .all()
    .filter(
      (record) => record.submitted && ['completed', 'failed'].includes(service.stateOf(record)),
    );
  const tooMany = count === null ? 0 : Math.max(0, ended.length - count);
  const outdated = ended.filter(({ finished_at }, index) => {
    const isOld = age_ms !== null && now - Date.parse(finished_at ?? '') > age_ms;
    return index < tooMany || isOld;
  });
  for (const { job_id } of outdated) {
    await service.remove(job_id).catch((error: unknown) => {
      log(`warning: can't remove ${job_id}: ${messageOf(error)}`);
    });
  }
}
