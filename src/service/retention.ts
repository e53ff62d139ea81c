import { statSync } from 'node:fs';
import { isOf, messageOf } from '../errors.ts';
import { filesOf } from '../state/state-folder.ts';
import type { Log } from '../terminal/log.ts';
import type { JobRecord } from './job-record.ts';
import type { JobStateWord, Service } from './service.ts';

/** How long jobs that are done with are kept; null for ever. */
export type Retention = {
  /** Milliseconds since a job has ended, or was stopped for good. */
  age_ms: number | null;
  /** How many of those that have ended. */
  count: number | null;
};

const ENDED: readonly JobStateWord[] = ['completed', 'failed'];
/** Nobody goes on with these by itself. */
const STOPPED: readonly JobStateWord[] = ['cancelled', 'interrupted'];

export type RetentionContext = { folder: string; log: Log };

/**
 * Answers what removes, each time it is called, the jobs that were handed in
 * here, are at rest, and are older or more than are to be kept; until the
 * signal is aborted. Why one can't be removed is said once.
 */
export function createRetention(
  service: Pick<Service, 'index' | 'stateOf' | 'remove'>,
  { age_ms, count }: Retention,
  { folder, log }: RetentionContext,
): (now: number, signal: AbortSignal) => Promise<void> {
  const told = new Set<string>();

  const submittedIn = (states: readonly JobStateWord[]) =>
    service.index
      .all()
      .filter((record) => record.submitted && states.includes(service.stateOf(record)));

  /** The last thing that is written of a job that has not ended is what stopped it. */
  function restedAt({ job_id }: JobRecord): number {
    try {
      return statSync(filesOf(folder, job_id).journal).mtimeMs;
    } catch {
      return Number.NaN;
    }
  }

  function outdated(now: number): JobRecord[] {
    const ended = submittedIn(ENDED);
    const tooMany = count === null ? 0 : Math.max(0, ended.length - count);
    if (age_ms === null) return ended.slice(0, tooMany);
    const isOld = (since: number) => now - since > age_ms;
    return [
      ...ended.filter(
        ({ finished_at }, index) => index < tooMany || isOld(Date.parse(finished_at ?? '')),
      ),
      ...submittedIn(STOPPED).filter((record) => isOld(restedAt(record))),
    ];
  }

  async function remove({ job_id }: JobRecord): Promise<void> {
    try {
      await service.remove(job_id);
      told.delete(job_id);
    } catch (error) {
      // Others go on with it, or have removed it meanwhile.
      if (isOf(error, 'job-running') || isOf(error, 'unknown-job') || told.has(job_id)) return;
      told.add(job_id);
      log(`warning: can't remove ${job_id}: ${messageOf(error)}`);
    }
  }

  return async (now, signal) => {
    for (const record of outdated(now)) {
      if (signal.aborted) return;
      await remove(record);
    }
  };
}
