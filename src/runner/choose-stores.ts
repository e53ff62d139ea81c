import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ImgjobError } from '../errors.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Effects } from '../job/effects.ts';
import { createStoreRunner } from '../job/store.ts';
import type { StoreRunner } from '../job/store-runner.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { ClaimedJob, OpenJob, PreparedJob } from './open-job.ts';

/** The file beside a journal that says that stores are with a fleet (fleet/mark.ts). */
const FLEET_MARK = 'fleet.json';

type Where = {
  fleet: Fleet | null;
  env: Record<string, string | undefined>;
  work: { say(line: string): void };
};

/** What runs the stores of a job: this process, or a fleet; and the way to give that back. */
export function chooseStores(
  job: OpenJob,
  effects: Effects,
  { fleet, env, work: { say } }: Where,
): StoreRunner & { close(): Promise<void> } {
  const { folder, options, headers, manifest } = job;
  const { now } = effects;
  if (fleet) return fleet.open({ job_id: manifest.job_id, options, headers, now, folder });
  const here = createStoreRunner(effects, options.concurrency);
  return {
    ...here,
    async takeUp(standing) {
      // What a fleet has been told is looked at by those alone who find that there was one.
      if (folder === null || !existsSync(join(folder, FLEET_MARK))) return [];
      const { leaveFleet } = await import('../fleet/leave.ts');
      await leaveFleet(standing, { folder, address: env.IMGJOB_REDIS || null, log: say });
      return [];
    },
    async close() {},
  };
}

/** What workers do with images is theirs: of a job whose stores they run nothing is loaded here. */
export function prepareForFleet(job: ClaimedJob): PreparedJob {
  if (job.work) {
    const message =
      'work that is a function runs only in this process: name work that workers have';
    throw new ImgjobError('usage', message);
  }
  checkForFleet(job.options);
  return { ...job, steps: NO_STEPS, isWhole: null, async giveBack() {} };
}

/** Throws `usage` for what a fleet can't do. */
export function checkForFleet({ save }: Pick<JobOptions, 'save'>): void {
  if (save === null) return;
  throw new ImgjobError('usage', '--save keeps what this machine downloads, and workers do that', {
    hint: 'Leave out --save, or run the job without --redis.',
  });
}

const notHere = async () => {
  throw new Error('the stores of this job are run elsewhere');
};
const NO_STEPS: PreparedJob['steps'] = {
  fetch: notHere,
  work: notHere,
  unsave: null,
  gathering: null,
};
