import { EXIT } from '../errors.ts';
import { type Claim, claimJob } from '../state/claim.ts';
import { sweepLeftovers } from '../state/leftovers.ts';
import { locateState } from '../state/locate.ts';
import { findJob, removeJob } from '../state/state-folder.ts';
import { unknownJob } from '../state/unknown-job.ts';

export type RemoveOptions = { stateDir?: string };

/** `imgjob rm <job_id…>`: removes jobs; none of them where one is unknown or runs. */
export async function remove(ids: string[], options: RemoveOptions): Promise<number> {
  const state = locateState(options.stateDir, process.env);
  for (const job_id of ids) {
    if (!(await findJob(state.folder, job_id))) throw await unknownJob(state, job_id, 'rm');
  }
  const claims: Claim[] = [];
  try {
    for (const job_id of new Set(ids.map((id) => id.toLowerCase()))) {
      claims.push(await claimJob(state, job_id));
    }
    for (const { files } of claims) if (files) await removeJob(state.folder, files);
    await sweepLeftovers(state.folder);
    return EXIT.ok;
  } finally {
    for (const { lock } of claims) lock.release();
  }
}
